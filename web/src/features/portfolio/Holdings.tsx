import { useMemo, useState } from "react";
import { HoldingRow } from "./HoldingRow";
import { MapDialog } from "./MapDialog";
import { useDayChanges } from "./prices";
import { useParam } from "@/app/router";
import type { HoldingLine, Portfolio } from "@/api/types";
import { SearchInput } from "@/components/ui/Input";
import { Panel } from "@/components/ui/Panel";
import { Segmented } from "@/components/ui/Segmented";
import { sorted, useSort } from "@/components/ui/sorting";
import { Empty } from "@/components/ui/States";
import { SortableTh, Table, Th } from "@/components/ui/Table";
import { useI18n } from "@/i18n/I18n";
import { compare, divide } from "@/lib/decimal";

type Column = "asset" | "where" | "quantity" | "price" | "day" | "value" | "age";
type Only = "all" | "unpriced" | "stale";

export function Holdings({ portfolio }: { portfolio: Portfolio }) {
  const { t, count, locale } = useI18n();
  const { lines, currency, total } = portfolio;
  const [filter, setFilter] = useState("");
  const [param, setOnly] = useParam("only");
  const only: Only = param === "unpriced" || param === "stale" ? param : "all";
  const { sort, onSort } = useSort<Column>("value", true, ["value", "quantity", "price", "day"]);
  const [mapped, setMapped] = useState<HoldingLine | null>(null);
  const changes = useDayChanges();

  const shown = useMemo(() => {
    const wanted = filter.trim().toLocaleLowerCase(locale);
    const matches = (line: HoldingLine) =>
      [line.asset, line.name, line.label, line.instrument].some((text) => text?.toLocaleLowerCase(locale).includes(wanted));
    const kept = lines.filter((line) => isOf(line, only) && matches(line));
    const texts = new Intl.Collator(locale, { numeric: true }).compare;
    const by = (value: (line: HoldingLine) => string | null | undefined, order: (a: string, b: string) => number) =>
      sorted(kept, value, order, sort.isDescending);
    switch (sort.by) {
      case "asset":
        return by((line) => line.asset, texts);
      case "where":
        return by((line) => `${line.label} ${line.part}`, texts);
      case "quantity":
        return by((line) => line.quantity, compare);
      case "price":
        return by((line) => line.price, compare);
      case "day":
        return by((line) => changes.get(line.instrument ?? ""), compare);
      case "age":
        return by((line) => line.asOf, texts);
      case "value":
        return by((line) => line.value, compare);
    }
  }, [lines, only, filter, sort, locale, changes]);

  const counted = (value: Only) => count(lines.filter((line) => isOf(line, value)).length);
  const head = { sort, onSort };
  return (
    <Panel
      className="mt-6 scroll-mt-6"
      isFlush
      title={
        <div className="flex flex-wrap items-center gap-3">
          <h2 id="holdings" className="font-semibold">
            {t("portfolio.holdings")}
          </h2>
          <Segmented
            label={t("portfolio.filter")}
            value={only}
            onChange={(value) => setOnly(value === "all" ? "" : value)}
            options={(["all", "unpriced", "stale"] as const).map((value) => ({
              value,
              label: t(`portfolio.only.${value}`),
              count: counted(value),
            }))}
          />
        </div>
      }
      aside={
        <SearchInput
          className="w-full sm:w-56"
          label={t("portfolio.filter")}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      }
    >
      <Table label={t("portfolio.holdings")}>
        <thead>
          <tr>
            <SortableTh id="asset" label={t("portfolio.col.asset")} {...head} />
            <SortableTh id="where" label={t("portfolio.col.where")} className="hidden md:table-cell" {...head} />
            <SortableTh id="quantity" label={t("portfolio.col.quantity")} isNumber className="hidden sm:table-cell" {...head} />
            <SortableTh id="price" label={t("portfolio.col.price")} isNumber className="hidden sm:table-cell" {...head} />
            <SortableTh id="day" label={t("portfolio.col.day")} isNumber className="hidden lg:table-cell" {...head} />
            <SortableTh id="value" label={`${t("portfolio.col.value")} (${currency})`} isNumber {...head} />
            <Th isNumber className="hidden lg:table-cell">
              {t("portfolio.col.share")}
            </Th>
            <SortableTh id="age" label={t("portfolio.col.age")} isNumber className="hidden sm:table-cell" {...head} />
          </tr>
        </thead>
        <tbody>
          {shown.map((line) => (
            <HoldingRow
              key={line.key}
              line={line}
              currency={currency}
              share={line.value !== null && total.value !== null ? divide(line.value, total.value) : null}
              day={changes.get(line.instrument ?? "") ?? null}
              onMap={() => setMapped(line)}
            />
          ))}
        </tbody>
      </Table>
      {shown.length === 0 && <Empty title={t("common.nothing")} />}
      {mapped && <MapDialog line={mapped} onClose={() => setMapped(null)} />}
    </Panel>
  );
}

function isOf(line: HoldingLine, only: Only): boolean {
  return only === "all" || (only === "unpriced" ? line.value === null : line.stale);
}
