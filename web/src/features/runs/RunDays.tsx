import { LabelOf } from "./LabelOf";
import { isOfRole, useRunDays } from "./runs";
import type { RunDay } from "@/api/types";
import { More } from "@/components/ui/More";
import { Panel } from "@/components/ui/Panel";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { toldIf } from "@/components/ui/Told";
import { Tooltip } from "@/components/ui/Tooltip";
import { useConnections } from "@/hooks";
import { useI18n } from "@/i18n/I18n";

/** What is left of runs that are too old for the log; nothing where none are. */
export function RunDays({ connection }: { connection: string }) {
  const { t } = useI18n();
  const { connections } = useConnections();
  const { data: pages, hasNextPage, isFetchingNextPage, fetchNextPage } = useRunDays(connection);
  const days = pages?.pages.flat().filter((day) => isOfRole(day, connection, connections));
  if (!days || days.length === 0) return null;
  return (
    <Panel isFlush className="mt-5" title={t("runs.days")}>
      <Table label={t("runs.days")}>
        <thead>
          <tr>
            <Th>{t("runs.col.day")}</Th>
            <Th className="hidden sm:table-cell">{t("runs.col.connection")}</Th>
            <Th>{t("runs.col.outcome")}</Th>
            <Th isNumber className="hidden sm:table-cell">
              {t("runs.col.items")}
            </Th>
            <Th isNumber className="hidden lg:table-cell">
              {t("runs.col.rows")}
            </Th>
            <Th isNumber className="hidden sm:table-cell">
              {t("runs.col.duration")}
            </Th>
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <DayRow key={`${day.day} ${day.connectionId}`} day={day} />
          ))}
        </tbody>
      </Table>
      <More {...{ hasNextPage, isFetchingNextPage, fetchNextPage }} />
    </Panel>
  );
}

function DayRow({ day }: { day: RunDay }) {
  const { t, count, day: dayText, duration } = useI18n();
  const lacking = day.missing + day.rejected + day.deferred;
  const label = <LabelOf connection={day.connectionId} />;
  return (
    <Tr>
      <Td className="tnum whitespace-nowrap">
        {dayText(day.day)}
        <span className="block max-w-48 truncate text-[13px] text-soft sm:hidden">{label}</span>
      </Td>
      <Td className="hidden max-w-60 truncate sm:table-cell">{label}</Td>
      <Td>
        <Tooltip text={toldIf(day.error)}>
          <span className={day.runsOk < day.runs ? "text-warn" : "text-soft"}>
            {t("runs.days.ok", { ok: count(day.runsOk), runs: count(day.runs) })}
          </span>
        </Tooltip>
      </Td>
      <Td isNumber className="hidden sm:table-cell">
        {count(day.updated + day.unchanged)}
        {lacking > 0 && <span className="ml-2 text-warn">{t("runs.incomplete", { count: lacking })}</span>}
      </Td>
      <Td isNumber className="hidden text-soft lg:table-cell">
        {count(day.rowsWritten)}
      </Td>
      <Td isNumber className="hidden text-soft sm:table-cell">
        {duration(day.durationMs)}
      </Td>
    </Tr>
  );
}
