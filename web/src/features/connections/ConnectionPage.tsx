import { useMutation } from "@tanstack/react-query";
import { ArrowLeft, FlaskConical, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { Copied } from "./Copied";
import { EditDialog } from "./EditDialog";
import { ProbeResult } from "./ProbeResult";
import { tryStored } from "./probe";
import { useProvider } from "./providers";
import { RemoveDialog } from "./RemoveDialog";
import { StaleBadge, StatusBadge } from "./StatusBadge";
import { Gaps, Settings, Streams } from "./parts";
import { SyncOne } from "./SyncOne";
import { Trouble } from "./Trouble";
import { Link, useTitle } from "@/app/router";
import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault, Skeleton } from "@/components/ui/States";
import { RunsTable } from "@/features/runs/RunsTable";
import { useRuns } from "@/features/runs/runs";
import { useConnections, useFoliosync } from "@/hooks";
import { useI18n } from "@/i18n/I18n";
import { useNow } from "@/lib/now";
import { isMirror } from "@/lib/roles";

const RUNS_SHOWN = 8;

export function ConnectionPage({ id }: { id: number }) {
  const { tOf, told } = useI18n();
  const { client } = useFoliosync();
  const { connections, error } = useConnections();
  const connection = connections?.find((one) => one.id === id);
  const t = tOf(connection?.role);
  const provider = useProvider(connection?.provider);
  const runs = useRuns(id, RUNS_SHOWN);
  const [opened, setOpened] = useState<"edit" | "remove" | null>(null);
  const test = useMutation({ mutationFn: () => tryStored(client, id) });
  useTitle(connection?.label ?? t("connections.title"));
  if (!connection) {
    if (connections) return <Empty title={t("connection.missing")} action={<BackLink />} />;
    return error ? <Fault error={error} /> : <Skeleton className="h-8 w-60" />;
  }
  const name = told(provider?.name ?? connection.provider);
  return (
    <>
      <BackLink />
      <PageHead
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            {connection.label}
            <StatusBadge connection={connection} />
            <StaleBadge freshness={connection.freshness} role={connection.role} />
          </span>
        }
        text={isMirror(connection) ? <Copies mirror={connection} into={name} /> : name !== connection.label && name}
      >
        <div className="grid grid-cols-2 gap-2 sm:flex">
          <Button onClick={() => test.mutate()} disabled={test.isPending}>
            <FlaskConical className="size-3.5" aria-hidden />
            {t(test.isPending ? "wizard.testing" : "connection.test")}
          </Button>
          <Button onClick={() => setOpened("edit")}>
            <Pencil className="size-3.5" aria-hidden />
            {t("common.edit")}
          </Button>
          <Button onClick={() => setOpened("remove")}>
            <Trash2 className="size-3.5" aria-hidden />
            {t("common.remove")}
          </Button>
          <SyncOne connection={connection} hasText />
        </div>
      </PageHead>
      <ProbeResult probe={test.data ?? null} role={connection.role} />
      {test.error && <Fault error={test.error} />}
      <Trouble connection={connection} />
      {isMirror(connection) && connection.lastRun && <Copied run={connection.lastRun} />}
      <Panel isFlush className="mt-5" title={t("connection.streams")}>
        <Streams connection={connection} provider={provider} />
      </Panel>
      {connection.gaps.length > 0 && (
        <Panel isFlush className="mt-5" title={t("connection.gaps")}>
          <Gaps connection={connection} />
        </Panel>
      )}
      <Panel
        isFlush
        className="mt-5"
        title={t("connection.runs")}
        aside={
          <Link href={`/runs?connection=${id}`} className="text-[13px] text-accent hover:underline">
            {t("connection.runs.all")}
          </Link>
        }
      >
        <RunsTable runs={runs.data?.slice(0, RUNS_SHOWN)} of={connection} />
      </Panel>
      {provider && <Settings connection={connection} provider={provider} />}
      {opened === "edit" && <EditDialog connection={connection} onClose={() => setOpened(null)} />}
      {opened === "remove" && <RemoveDialog connection={connection} onClose={() => setOpened(null)} />}
    </>
  );
}

function Copies({ mirror, into }: { mirror: Connection; into: string }) {
  const { t, ago } = useI18n();
  const now = useNow();
  const last = mirror.lastSyncAt && t("mirrors.last", { ago: ago(mirror.lastSyncAt, now) });
  return [t("mirrors.into", { provider: into }), last].filter(Boolean).join(" ");
}

function BackLink() {
  const { t } = useI18n();
  return (
    <Link href="/connections" className="mb-2 inline-flex items-center gap-1.5 text-[13px] text-faint hover:text-ink">
      <ArrowLeft className="size-3.5" aria-hidden />
      {t("connections.title")}
    </Link>
  );
}
