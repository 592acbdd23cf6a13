import { useMemo, useState } from "react";
import { RANGES, within, type Range } from "./history";
import type { Bar } from "@/api/types";
import { LazyChart } from "@/components/chart/LazyChart";
import type { ChartSeries } from "@/components/chart/TimeChart";
import { Panel } from "@/components/ui/Panel";
import { Segmented } from "@/components/ui/Segmented";
import { Skeleton } from "@/components/ui/States";
import { useI18n } from "@/i18n/I18n";
import type { Key } from "@/i18n/translate";
import { toNumber } from "@/lib/decimal";

type Style = "candles" | "line";

export function HistoryChart({ bars, currency }: { bars: readonly Bar[] | undefined; currency: string | null }) {
  const { t, locale } = useI18n();
  const [range, setRange] = useState<Range>("6m");
  const [style, setStyle] = useState<Style>("candles");
  const shown = useMemo(() => within(bars ?? [], range), [bars, range]);
  const series = useMemo(() => (style === "candles" ? candles(shown) : line(shown)), [shown, style]);
  const write = useMemo(() => {
    const format = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 });
    return (value: number) => format.format(value);
  }, [locale]);
  const counted = (status: Bar["status"]) => shown.filter((bar) => bar.status === status).length;
  const [provisional, corrected] = [counted("intraday"), counted("corrected")];
  const title = currency ? `${t("price.history")} (${currency})` : t("price.history");
  return (
    <Panel
      title={title}
      aside={
        <div className="flex flex-wrap gap-2">
          <Segmented
            label={t("price.history")}
            value={style}
            onChange={setStyle}
            options={(["candles", "line"] as const).map((value) => ({ value, label: t(`price.style.${value}`) }))}
          />
          <Segmented
            label={t("price.col.date")}
            value={range}
            onChange={setRange}
            options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`price.range.${value}` as Key) }))}
          />
        </div>
      }
    >
      {!bars ? (
        <Skeleton className="h-80" />
      ) : bars.length < 2 ? (
        <p className="flex h-80 items-center justify-center text-faint">{t("price.history.none")}</p>
      ) : (
        <LazyChart series={series} label={title} write={write} className="h-80" />
      )}
      <p className="mt-2 min-h-4 text-xs text-faint">
        {provisional > 0 && t("price.provisional", { count: provisional })}{" "}
        {corrected > 0 && t("price.corrected", { count: corrected })}
      </p>
    </Panel>
  );
}

function line(bars: readonly Bar[]): ChartSeries {
  return { kind: "area", points: bars.map((bar) => ({ time: bar.date, value: toNumber(bar.closePrice) })) };
}

/** A day of which only the close is known is a candle without a body. */
function candles(bars: readonly Bar[]): ChartSeries {
  const number = (text: string | null, otherwise: string) => toNumber(text ?? otherwise);
  return {
    kind: "candles",
    points: bars.map((bar) => ({
      time: bar.date,
      open: number(bar.open, bar.closePrice),
      high: number(bar.high, bar.closePrice),
      low: number(bar.low, bar.closePrice),
      close: toNumber(bar.closePrice),
      isProvisional: bar.status === "intraday",
    })),
  };
}
