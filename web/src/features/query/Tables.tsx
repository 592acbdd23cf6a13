import { Play } from "lucide-react";
import { useState } from "react";
import { useTables } from "./tables";
import type { TableInfo } from "@/api/types";
import { SearchInput } from "@/components/ui/Input";
import { Panel } from "@/components/ui/Panel";
import { SkeletonRows } from "@/components/ui/States";
import { useI18n } from "@/i18n/I18n";

/** The tables at hand, each with its columns. */
export function Tables({ onUse }: { onUse: (table: string) => void }) {
  const { t } = useI18n();
  const { data } = useTables();
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const matches = (table: TableInfo) =>
    `${table.schema}.${table.name}`.includes(wanted) || table.columns.some((column) => column.name.includes(wanted));
  const shown = data?.filter(matches) ?? [];
  const schemas = [...new Set(shown.map((table) => table.schema))];
  return (
    <Panel isFlush title={t("query.tables")} className="self-start">
      <div className="px-3 pb-2">
        <SearchInput label={t("query.tables.filter")} value={filter} onChange={(event) => setFilter(event.target.value)} />
      </div>
      {!data && <SkeletonRows />}
      <div className="max-h-[60vh] overflow-y-auto pb-2" tabIndex={0} role="region" aria-label={t("query.tables")}>
        {schemas.map((schema) => (
          <section key={schema}>
            <h3 className="px-4 pt-2 pb-1 text-xs font-medium text-faint">{schema}</h3>
            {shown
              .filter((table) => table.schema === schema)
              .map((table) => (
                <Table key={table.name} table={table} onUse={onUse} />
              ))}
          </section>
        ))}
      </div>
    </Panel>
  );
}

function Table({ table, onUse }: { table: TableInfo; onUse: (table: string) => void }) {
  const { t, count } = useI18n();
  const full = `${table.schema}.${table.name}`;
  return (
    <div className="relative">
      <details>
        <summary
          className="truncate py-1 pr-10 pl-4 font-mono text-[13px] hover:bg-hover"
          title={table.doc ?? undefined}
        >
          {table.name}
          {table.rows !== null && <span className="ml-2 font-sans text-xs text-faint">{count(table.rows ?? 0)}</span>}
        </summary>
        <ul aria-label={t("query.columns", { table: full })} className="pb-1">
          {table.columns.map((column) => (
            <li
              key={column.name}
              className="flex justify-between gap-3 py-0.5 pr-4 pl-8 text-xs"
              title={column.doc ?? undefined}
            >
              <span className="truncate font-mono">{column.name}</span>
              <span className="shrink-0 text-faint">{column.type}</span>
            </li>
          ))}
        </ul>
      </details>
      <button
        type="button"
        aria-label={t("query.use", { table: full })}
        title={t("query.use", { table: full })}
        onClick={() => onUse(full)}
        className="absolute top-0.5 right-2.5 rounded p-1.5 text-faint hover:bg-line hover:text-ink"
      >
        <Play className="size-3" aria-hidden />
      </button>
    </div>
  );
}
