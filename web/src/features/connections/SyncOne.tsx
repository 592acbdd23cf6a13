import { RefreshCw } from "lucide-react";
import { useEffect } from "react";
import { useOneSync } from "./one-sync";
import { useNotices } from "@/app/notices";
import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";

export function SyncOne({ connection, hasText = false }: { connection: Connection; hasText?: boolean }) {
  const { tOf, told, count } = useI18n();
  const t = tOf(connection.role);
  const tell = useNotices();
  const { trigger, isSyncing, progress, secondsLeft, error } = useOneSync(connection.id);
  useEffect(() => {
    if (error) tell(`${connection.label}: ${told(error.message)}`, { isFault: true });
    // Told once for each error, whatever the connection is called by then.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [error]);
  const isRunning = isSyncing || connection.status === "SYNCING";
  const waits = !isRunning && secondsLeft > 0;
  const text = isRunning
    ? progress && progress.total > 0
      ? t("sync.progress", { completed: count(progress.completed), total: count(progress.total) })
      : t("sync.busy")
    : waits
      ? t("connections.cooldown", { seconds: secondsLeft })
      : t("sync.now");
  return (
    <Tooltip text={hasText ? null : text}>
      <Button
        size={hasText ? "small" : "icon"}
        className={cn("tnum", hasText && "min-w-27")}
        disabled={isRunning || waits}
        onClick={trigger}
        aria-label={hasText ? undefined : t("connections.sync.of", { label: connection.label })}
        data-testid="sync-one"
      >
        <RefreshCw className={cn("size-3.5", isRunning && "animate-spin")} aria-hidden />
        {hasText && text}
      </Button>
    </Tooltip>
  );
}
