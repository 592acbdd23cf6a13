import { RefreshCw } from "lucide-react";
import { useEffect, useRef } from "react";
import { useNotices } from "./notices";
import { Button } from "@/components/ui/Button";
import { Skeleton } from "@/components/ui/States";
import { Ago } from "@/components/ui/Time";
import { Tooltip } from "@/components/ui/Tooltip";
import { useConnections, useLastSynced, useSync } from "@/hooks";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";
import { useNow } from "@/lib/now";

/** In the sidebar's footer: when anything was last synced, and "Sync now". */
export function SyncArea({ isCollapsed }: { isCollapsed: boolean }) {
  return (
    <div className={cn("space-y-2", isCollapsed && "flex flex-col items-center")}>
      {!isCollapsed && <LastSynced />}
      <SyncButton isCollapsed={isCollapsed} />
    </div>
  );
}

/** Its line is as high while it loads as when it is there. */
export function LastSynced() {
  const { t, ago } = useI18n();
  const { lastSynced, isLoading } = useLastSynced();
  const now = useNow();
  return (
    <p className="flex h-5 items-center text-xs text-faint" data-testid="last-synced">
      {lastSynced ? (
        <Tooltip text={<Ago at={lastSynced.toISOString()} />}>
          <span>{t("sync.last", { ago: ago(lastSynced.getTime(), now) })}</span>
        </Tooltip>
      ) : lastSynced === null ? (
        t("sync.never")
      ) : (
        isLoading && <Skeleton className="h-3 w-32" />
      )}
    </p>
  );
}

export function SyncButton({ isCollapsed }: { isCollapsed: boolean }) {
  const { t, count } = useI18n();
  const { trigger, isSyncing, progress } = useSync();
  const text = !isSyncing
    ? t("sync.now")
    : progress && progress.total > 0
      ? t("sync.progress", { completed: count(progress.completed), total: count(progress.total) })
      : t("sync.busy");
  const icon = <RefreshCw className={cn("size-3.5", isSyncing && "animate-spin")} aria-hidden />;
  const attributes = { disabled: isSyncing, onClick: () => void trigger(), "data-testid": "sync-now" };
  if (isCollapsed) {
    return (
      <Tooltip text={text} side="right">
        <Button size="icon" aria-label={text} {...attributes}>
          {icon}
        </Button>
      </Tooltip>
    );
  }
  return (
    <Button className="tnum w-full" {...attributes}>
      {icon}
      {text}
    </Button>
  );
}

/** How it ended, once, and only of a sync that this page saw end. */
export function useSyncNotices() {
  const { t, told } = useI18n();
  const tell = useNotices();
  const { isSyncing, result, error } = useSync();
  const { connections } = useConnections();
  const was = useRef(isSyncing);
  useEffect(() => {
    const ended = was.current && !isSyncing;
    was.current = isSyncing;
    if (!ended) return;
    if (error) {
      tell(t("sync.failed", { message: told(error.message) }), { isFault: true });
    } else if (result) {
      const { updated, failed, errors } = result;
      const label = (id: number) => connections?.find((one) => one.id === id)?.label ?? `#${id}`;
      const lines = errors.map((one) => t("sync.errors", { label: label(one.connection), message: told(one.message) }));
      const text = failed > 0 ? t("sync.done.failed", { updated, failed }) : t("sync.done", { updated });
      tell(text, { detail: lines.join("\n"), isFault: errors.length > 0 });
    }
  }, [isSyncing, result, error, connections, tell, t, told]);
}
