import { useMemo } from "react";
import { usePortfolioDays } from "./days";
import { LazyChart } from "@/components/chart/LazyChart";
import type { ChartSeries } from "@/components/chart/TimeChart";
import { Panel } from "@/components/ui/Panel";
import { Skeleton } from "@/components/ui/States";
import { useI18n } from "@/i18n/I18n";
import { toNumber } from "@/lib/decimal";

/** In the base currency, from the first day that was written down: nothing before it is made up. */
export function ValueOverTime({ className }: { className?: string }) {
  const { t, locale } = useI18n();
  const { data, isPending } = usePortfolioDays();
  const currency = data?.at(-1)?.currency;
  const series = useMemo<ChartSeries>(() => {
    const known = (data ?? []).filter((day) => day.currency === currency && day.value !== null);
    return { kind: "area", points: known.map((day) => ({ time: day.date, value: toNumber(day.value ?? "0") })) };
  }, [data, currency]);
  const write = useMemo(() => {
    const format = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
    return (value: number) => format.format(value);
  }, [locale]);
  const title = currency ? `${t("portfolio.value")} (${currency})` : t("portfolio.value");
  return (
    <Panel title={title} className={className}>
      {isPending ? (
        <Skeleton className="h-60" />
      ) : series.points.length > 1 ? (
        <LazyChart series={series} label={title} write={write} className="h-60" />
      ) : (
        <p className="flex h-28 items-center justify-center text-center text-faint text-balance sm:h-60">{t("portfolio.value.none")}</p>
      )}
    </Panel>
  );
}
