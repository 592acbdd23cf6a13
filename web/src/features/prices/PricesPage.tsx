import { ChartCandlestick, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { AddSymbols } from "./AddSymbols";
import { PriceRow } from "./PriceRow";
import { usePrices } from "./prices";
import { useSparklines } from "./sparklines";
import { SymbolPage } from "./SymbolPage";
import type { PageProps } from "@/app/pages";
import { useParam, useTitle } from "@/app/router";
import type { Price } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { SearchInput } from "@/components/ui/Input";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Segmented } from "@/components/ui/Segmented";
import { sorted, useSort } from "@/components/ui/sorting";
import { Empty, Fault, SkeletonRows } from "@/components/ui/States";
import { SortableTh, Table, Th } from "@/components/ui/Table";
import { useI18n } from "@/i18n/I18n";
import { compare } from "@/lib/decimal";

type Only = "all" | "stale" | "unpriced";
type Column = "symbol" | "price" | "change" | "age";

export default function PricesPage({ rest: [instrument] }: PageProps) {
  return instrument ? <SymbolPage key={instrument} instrument={instrument} /> : <All />;
}

function All() {
  const { t, count, locale } = useI18n();
  useTitle(t("prices.title"));
  const { data, error } = usePrices();
  const { data: closes } = useSparklines();
  const [isAdding, setAdding] = useState(false);
  const [filter, setFilter] = useState("");
  const [param, setOnly] = useParam("only");
  const only: Only = param === "stale" || param === "unpriced" ? param : "all";
  const { sort, onSort } = useSort<Column>("symbol", false, ["price", "change", "age"]);

  const shown = useMemo(() => {
    const wanted = filter.trim().toLocaleLowerCase(locale);
    const matches = (price: Price) =>
      [price.symbol, price.name, price.instrument].some((text) => text?.toLocaleLowerCase(locale).includes(wanted));
    const kept = data?.prices.filter((price) => isOf(price, only) && matches(price)) ?? [];
    const texts = new Intl.Collator(locale, { numeric: true }).compare;
    switch (sort.by) {
      case "symbol":
        return sorted(kept, (price) => price.symbol, texts, sort.isDescending);
      case "price":
        return sorted(kept, (price) => price.currentPrice, compare, sort.isDescending);
      case "change":
        return sorted(kept, (price) => price.fields.change_pct?.value, compare, sort.isDescending);
      case "age":
        return sorted(kept, (price) => price.asOf, texts, sort.isDescending);
    }
  }, [data, only, filter, sort, locale]);

  const add = (
    <Button look="primary" size="medium" onClick={() => setAdding(true)}>
      <Plus className="size-4" aria-hidden />
      {t("prices.add")}
    </Button>
  );
  const counted = (value: Only) => count(data?.prices.filter((price) => isOf(price, value)).length ?? 0);
  const head = { sort, onSort };
  // What there is nothing of needs no filter, and one button to add it.
  const isEmpty = data?.prices.length === 0;
  return (
    <>
      <PageHead title={t("prices.title")}>{!isEmpty && add}</PageHead>
      <Panel
        isFlush
        title={
          !isEmpty && (
            <Segmented
              label={t("prices.filter")}
              value={only}
              onChange={(value) => setOnly(value === "all" ? "" : value)}
              options={(["all", "stale", "unpriced"] as const).map((value) => ({
                value,
                label: t(`prices.only.${value}`),
                count: counted(value),
              }))}
            />
          )
        }
        aside={
          !isEmpty && (
            <SearchInput
              className="w-full sm:w-56"
              label={t("prices.filter")}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          )
        }
      >
        {!data ? (
          error ? <Fault error={error} className="m-4" /> : <SkeletonRows rows={10} />
        ) : isEmpty ? (
          <Empty icon={<ChartCandlestick />} title={t("prices.none")} text={t("prices.none.text")} action={add} />
        ) : shown.length === 0 ? (
          <Empty title={t("common.nothing")} />
        ) : (
          <Table label={t("prices.title")}>
            <thead>
              <tr>
                <SortableTh id="symbol" label={t("prices.col.symbol")} {...head} />
                <Th className="hidden md:table-cell">{t("prices.col.month")}</Th>
                <SortableTh id="price" label={t("prices.col.price")} isNumber {...head} />
                <SortableTh id="change" label={t("prices.col.change")} isNumber {...head} />
                <Th className="hidden lg:table-cell">{t("prices.col.source")}</Th>
                <SortableTh id="age" label={t("prices.col.age")} isNumber className="hidden sm:table-cell" {...head} />
              </tr>
            </thead>
            <tbody>
              {shown.map((price) => (
                <PriceRow key={price.instrument} price={price} closes={closes?.get(price.instrument)} />
              ))}
            </tbody>
          </Table>
        )}
      </Panel>
      {isAdding && <AddSymbols onClose={() => setAdding(false)} />}
    </>
  );
}

function isOf(price: Price, only: Only): boolean {
  if (only === "stale") return price.freshness === "stale";
  return only === "all" || price.currentPrice === null;
}
