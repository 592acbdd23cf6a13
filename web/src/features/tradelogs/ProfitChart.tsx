import { useMemo } from "react";
import { useDaysOfTrades, type Place } from "./data";
import { LazyChart } from "@/components/chart/LazyChart";
import type { ChartSeries } from "@/components/chart/TimeChart";
import { Panel } from "@/components/ui/Panel";
import { Skeleton } from "@/components/ui/States";
import { useI18n } from "@/i18n/I18n";
import { add, toNumber } from "@/lib/decimal";

/** All profits and losses so far, day by day. */
export function ProfitChart({ place, className }: { place?: Place; className?: string }) {
  const { t, locale } = useI18n();
  const { data } = useDaysOfTrades(place);
  const series = useMemo<ChartSeries>(() => {
    let total = "0";
    const points = (data ?? []).map(({ date, pl }) => ({ time: date, value: toNumber((total = add(total, pl))) }));
    return { kind: "baseline", points };
  }, [data]);
  const write = useMemo(() => {
    const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    return (value: number) => format.format(value);
  }, [locale]);
  return (
    <Panel title={t("tradelogs.time")} className={className}>
      {data ? (
        <LazyChart series={series} label={t("tradelogs.time")} write={write} className="h-60" />
      ) : (
        <Skeleton className="h-60" />
      )}
    </Panel>
  );
}
