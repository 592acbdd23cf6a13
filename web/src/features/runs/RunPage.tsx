import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { lacking, useRunEvents, type ItemOfStream } from "./events";
import { MirrorBadge } from "./MirrorBadge";
import { OutcomeBadge } from "./OutcomeBadge";
import { RunLog } from "./RunLog";
import { ITEM_TONES } from "./tones";
import { Link, useTitle } from "@/app/router";
import { ApiError } from "@/api/client";
import type { Run } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault, Skeleton, SkeletonRows } from "@/components/ui/States";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { Instant } from "@/components/ui/Time";
import { Told, toldIf } from "@/components/ui/Told";
import { Copied } from "@/features/connections/Copied";
import { useConnections, useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";
import { isMirror } from "@/lib/roles";

const COUNTS = ["updated", "unchanged", "missing", "rejected", "deferred"] as const;

export function RunPage({ id }: { id: number }) {
  const { t: say, tOf, count, duration } = useI18n();
  useTitle(say("run.title", { id }));
  const { client } = useFoliosync();
  const { connections } = useConnections();
  const { data: run, error } = useQuery({
    queryKey: keys.of("run", id),
    queryFn: ({ signal }) => client.get<Run>(`/api/runs/${id}`, signal),
    refetchInterval: (query) => (query.state.data?.finishedAt === null ? 1000 : 60_000),
  });
  const isRunning = run?.finishedAt === null;
  const { data: events } = useRunEvents(id, isRunning);
  if (!run) {
    if (error instanceof ApiError && error.status === 404) return <Empty title={say("run.missing")} action={<BackLink />} />;
    return error ? <Fault error={error} /> : <Skeleton className="h-8 w-60" />;
  }
  const connection = connections?.find((one) => one.id === run.connectionId);
  const t = tOf(connection?.role);
  const items = events && lacking(events);
  return (
    <>
      <BackLink />
      <PageHead
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            {t("run.title", { id })} <OutcomeBadge outcome={run.outcome} />
            {isMirror(connection) && <MirrorBadge />}
          </span>
        }
        text={
          <>
            {connection ? (
              <Link href={`/connections/${connection.id}`} className="text-accent underline underline-offset-2">
                {connection.label}
              </Link>
            ) : (
              t("runs.removed", { id: run.connectionId })
            )}
            {" · "}
            {t(`trigger.${run.trigger}`)} · <Instant at={run.startedAt} />
            {run.durationMs !== null && ` · ${duration(run.durationMs)}`}
          </>
        }
      />
      {run.error && (
        <p className="mb-5 rounded-md bg-bad-soft px-3 py-2.5 break-words">
          <Told text={run.error} />
        </p>
      )}
      <dl className="flex flex-wrap gap-x-8 gap-y-3">
        {COUNTS.map((name) => (
          <div key={name}>
            <dt className="text-xs text-faint">{t(`item.${name}`)}</dt>
            <dd className="tnum text-lg font-semibold">{count(run[name])}</dd>
          </div>
        ))}
        <div>
          <dt className="text-xs text-faint">{t("runs.col.rows")}</dt>
          <dd className="tnum text-lg font-semibold">{count(run.rowsWritten)}</dd>
        </div>
      </dl>
      {isMirror(connection) ? <Copied run={run} /> : items && items.length > 0 && <WhatLacks items={items} />}
      <Panel
        isFlush
        className="mt-6"
        title={
          <h2 className="flex items-center gap-2 font-semibold">
            {t("run.log")}
            {isRunning && <Badge tone="accent">{t("run.live")}</Badge>}
          </h2>
        }
      >
        {events ? <RunLog events={events} role={connection?.role} /> : <SkeletonRows />}
      </Panel>
    </>
  );
}

function WhatLacks({ items }: { items: readonly ItemOfStream[] }) {
  const { t, told } = useI18n();
  return (
    <Panel isFlush className="mt-6" title={t("run.lacking")}>
      <Table label={t("run.lacking")}>
        <thead>
          <tr>
            <Th>{t("run.col.item")}</Th>
            <Th className="hidden sm:table-cell">{t("connection.col.stream")}</Th>
            <Th>{t("connection.col.outcome")}</Th>
            <Th className="hidden sm:table-cell">{t("run.col.reason")}</Th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Tr key={`${item.stream} ${item.item}`}>
              <Td>
                <span className="font-medium break-all">{item.item}</span>
                <span className="ml-2 text-faint sm:hidden">{told(item.stream)}</span>
                <span className="block text-[13px] break-words text-soft sm:hidden">{toldIf(item.detail)}</span>
              </Td>
              <Td className="hidden text-soft sm:table-cell">
                <Told text={item.stream} />
              </Td>
              <Td className="align-top sm:align-middle">
                <Badge tone={ITEM_TONES[item.status]}>{t(`item.${item.status}`)}</Badge>
              </Td>
              <Td className="hidden min-w-56 break-words text-soft sm:table-cell">{toldIf(item.detail)}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}

function BackLink() {
  const { t } = useI18n();
  return (
    <Link href="/runs" className="mb-2 inline-flex items-center gap-1.5 text-[13px] text-faint hover:text-ink">
      <ArrowLeft className="size-3.5" aria-hidden />
      {t("runs.title")}
    </Link>
  );
}
