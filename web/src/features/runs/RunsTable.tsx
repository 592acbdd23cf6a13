import { LabelOf } from "./LabelOf";
import { OutcomeBadge } from "./OutcomeBadge";
import { RunCounts } from "./RunCounts";
import { Link, navigate } from "@/app/router";
import type { Connection, Run } from "@/api/types";
import { SkeletonRows } from "@/components/ui/States";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { Instant } from "@/components/ui/Time";
import { toldIf } from "@/components/ui/Told";
import { Tooltip } from "@/components/ui/Tooltip";
import { useProviders } from "@/features/connections/providers";
import { tradesOf } from "@/features/connections/trades";
import { useConnections } from "@/hooks";
import { useI18n } from "@/i18n/I18n";
import { isMirror } from "@/lib/roles";

interface Props {
  runs: readonly Run[] | undefined;
  /** The one whose runs they all are. */
  of?: Connection;
}

export function RunsTable({ runs, of }: Props) {
  const t = useI18n().tOf(of?.role);
  if (!runs) return <SkeletonRows />;
  return (
    <Table label={t("runs.title")}>
      <thead>
        <tr>
          <Th>{t("runs.col.started")}</Th>
          {!of && <Th className="hidden sm:table-cell">{t("runs.col.connection")}</Th>}
          <Th>{t("runs.col.outcome")}</Th>
          <Th className="hidden md:table-cell">{t("runs.col.trigger")}</Th>
          <Th isNumber className="hidden sm:table-cell">
            {t("runs.col.items")}
          </Th>
          <Th isNumber className="hidden lg:table-cell">
            {t("runs.col.rows")}
          </Th>
          {!isMirror(of) && (
            <Th isNumber className="hidden lg:table-cell">
              {t("runs.col.trades")}
            </Th>
          )}
          <Th isNumber className="hidden sm:table-cell">
            {t("runs.col.duration")}
          </Th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} of={of} />
        ))}
      </tbody>
    </Table>
  );
}

function RunRow({ run, of }: { run: Run; of: Connection | undefined }) {
  const { t, count, duration } = useI18n();
  const { connections } = useConnections();
  const { data: providers } = useProviders();
  const connection = connections?.find((one) => one.id === run.connectionId);
  const provider = providers?.find((one) => one.id === connection?.provider);
  const trades = tradesOf(run, provider);
  const lacking = run.missing + run.rejected + run.deferred;
  const to = `/runs/${run.id}`;
  const label = <LabelOf connection={run.connectionId} />;
  return (
    <Tr className="cursor-pointer" onClick={(event) => !(event.target as Element).closest("a,button") && navigate(to)}>
      <Td className="whitespace-nowrap">
        <Link href={to} className="tnum hover:underline">
          <Instant at={run.startedAt} />
        </Link>
        {!of && <span className="block max-w-48 truncate text-[13px] text-soft sm:hidden">{label}</span>}
      </Td>
      {!of && (
        <Td className="hidden max-w-60 truncate sm:table-cell">{label}</Td>
      )}
      <Td>
        <Tooltip text={toldIf(run.error)}>
          <span>
            <OutcomeBadge outcome={run.outcome} />
          </span>
        </Tooltip>
      </Td>
      <Td className="hidden text-soft md:table-cell">{t(`trigger.${run.trigger}`)}</Td>
      <Td isNumber className="hidden sm:table-cell">
        <Tooltip text={<RunCounts run={run} role={connection?.role} />}>
          <span>
            {count(run.updated + run.unchanged)}
            {lacking > 0 && <span className="ml-2 text-warn">{t("runs.incomplete", { count: lacking })}</span>}
          </span>
        </Tooltip>
      </Td>
      <Td isNumber className="hidden text-soft lg:table-cell">
        {count(run.rowsWritten)}
      </Td>
      {!isMirror(of) && (
        <Td isNumber className="hidden text-soft lg:table-cell">
          {trades && trades.imported > 0 ? `+${count(trades.imported)}` : "–"}
        </Td>
      )}
      <Td isNumber className="hidden text-soft sm:table-cell">
        {run.durationMs !== null ? duration(run.durationMs) : "…"}
      </Td>
    </Tr>
  );
}
