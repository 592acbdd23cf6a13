import { Download } from "lucide-react";
import { useState } from "react";
import { ResultChart } from "./ResultChart";
import { chartOf } from "./chart";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Panel } from "@/components/ui/Panel";
import { Segmented } from "@/components/ui/Segmented";
import { Empty } from "@/components/ui/States";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { useI18n, type I18n } from "@/i18n/I18n";
import { download, toCsv } from "@/lib/csv";

const ROWS_AT_ONCE = 200;
const NUMBERS = /^(integer|decimal|float)/;

export function Result({ answer, millis }: { answer: Answer; millis: number }) {
  const i18n = useI18n();
  const { t, duration, instant } = i18n;
  const [view, setView] = useState<"table" | "chart">("table");
  const [limit, setLimit] = useState(ROWS_AT_ONCE);
  const { columns, rows, truncated, snapshot } = answer;
  const chart = chartOf(answer);
  const rest = rows.length - limit;
  const save = () => {
    const names = columns.map((column) => column.name);
    download("foliosync.csv", toCsv(names, rows as readonly (readonly unknown[])[]), "text/csv;charset=utf-8");
  };
  const told = [
    t("query.rows", { count: rows.length }),
    t("query.took", { duration: duration(millis) }),
    t("query.asof", { time: instant(snapshot.at) }),
  ];
  return (
    <Panel
      isFlush
      title={
        <p className="text-[13px] text-soft" role="status">
          {told.join(" · ")}
          {truncated && <span className="block text-warn">{t("query.truncated", { why: truncated })}</span>}
        </p>
      }
      aside={
        <div className="flex flex-wrap gap-2">
          <Segmented
            label={t("query.title")}
            value={view}
            onChange={setView}
            options={(["table", "chart"] as const).map((value) => ({ value, label: t(`query.view.${value}`) }))}
          />
          <Button onClick={save}>
            <Download className="size-3.5" aria-hidden />
            {t("query.csv")}
          </Button>
        </div>
      }
    >
      {view === "chart" ? (
        chart ? (
          <ResultChart chart={chart} />
        ) : (
          <Empty title={t("query.chart.none")} />
        )
      ) : rows.length === 0 ? (
        <Empty title={t("query.empty")} />
      ) : (
        <>
          <Table label={t("query.title")} className="text-[13px]">
            <thead>
              <tr>
                {columns.map((column, nth) => (
                  <Th key={nth} isNumber={NUMBERS.test(column.type)}>
                    {column.name}
                  </Th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, limit).map((row, nth) => (
                <Tr key={nth}>
                  {(row as readonly unknown[]).map((value, column) => (
                    <Td
                      key={column}
                      isNumber={NUMBERS.test(columns[column]?.type ?? "")}
                      className="h-8 max-w-96 truncate whitespace-nowrap"
                    >
                      {shown(value, columns[column]?.type ?? "", i18n)}
                    </Td>
                  ))}
                </Tr>
              ))}
            </tbody>
          </Table>
          {rest > 0 && (
            <div className="p-3 text-center">
              <Button onClick={() => setLimit(limit + ROWS_AT_ONCE)}>
                {t("query.more", { count: Math.min(rest, ROWS_AT_ONCE) })}
              </Button>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

function shown(value: unknown, type: string, { decimal, exactInstant, instant }: I18n) {
  if (value === null || value === undefined) return <span className="text-faint">NULL</span>;
  if (typeof value === "string" && type.startsWith("decimal")) return decimal(value);
  if (typeof value === "string" && type === "instant") return <span title={exactInstant(value)}>{instant(value)}</span>;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
