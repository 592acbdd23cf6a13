import { useMemo } from "react";
import type { AnswerChart } from "./chart";
import { LazyChart } from "@/components/chart/LazyChart";
import type { ChartSeries } from "@/components/chart/TimeChart";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";
import { isDecimal } from "@/lib/decimal";

export function ResultChart({ chart }: { chart: AnswerChart }) {
  const { locale } = useI18n();
  const series = useMemo<ChartSeries | null>(
    () => (chart.kind === "days" ? { kind: "area", points: chart.points } : null),
    [chart],
  );
  const write = useMemo(() => {
    const format = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 });
    return (value: number) => format.format(value);
  }, [locale]);
  if (series) {
    return (
      <div className="px-4 pb-4">
        <LazyChart series={series} label={chart.name} write={write} className="h-72" />
      </div>
    );
  }
  return chart.kind === "bars" ? <Bars bars={chart.bars} name={chart.name} /> : null;
}

function Bars({ bars, name }: { bars: Extract<AnswerChart, { kind: "bars" }>["bars"]; name: string }) {
  const { decimal } = useI18n();
  const largest = Math.max(...bars.map((bar) => Math.abs(bar.value)), Number.MIN_VALUE);
  return (
    <ul aria-label={name} className="space-y-1.5 px-4 pb-4">
      {bars.map((bar, nth) => (
        <li key={nth} className="grid grid-cols-[8rem_1fr_auto] items-center gap-3 text-[13px] sm:grid-cols-[14rem_1fr_auto]">
          <span className="truncate">{bar.label}</span>
          <span className="h-3">
            <span
              className={cn("block h-full min-w-px rounded-sm", bar.value < 0 ? "bg-bad" : "bg-accent")}
              style={{ width: `${(Math.abs(bar.value) / largest) * 100}%` }}
            />
          </span>
          <span className="tnum text-right text-soft">{isDecimal(bar.text) ? decimal(bar.text) : bar.text}</span>
        </li>
      ))}
    </ul>
  );
}
