import {
  AreaSeries,
  BaselineSeries,
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  LineSeries,
  type IChartApi,
  type ISeriesApi,
  type SeriesType,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import { palette, useIsDark, type Palette } from "./palette";
import { useI18n } from "@/i18n/I18n";

export interface Point {
  /** A calendar date. */
  time: string;
  value: number;
}

export interface Candle {
  time: string;
  open: number;
  high: number;
  low: number;
  close: number;
  /** The day goes on, or nobody has said its last price. */
  isProvisional: boolean;
}

export type ChartSeries =
  | { kind: "area" | "line" | "baseline" | "histogram"; points: readonly Point[] }
  | { kind: "candles"; points: readonly Candle[] };

export interface TimeChartProps {
  series: ChartSeries;
  /** What is drawn, for who cannot see it. */
  label: string;
  /** Writes a value of the scale. */
  write: (value: number) => string;
  className?: string;
}

/** Days along, values up. A canvas: what it shows is also in a table or in words nearby. */
export default function TimeChart({ series, label, write, className = "h-64" }: TimeChartProps) {
  const { locale } = useI18n();
  const isDark = useIsDark();
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!box.current) return undefined;
    const colours = palette();
    const chart = createChart(box.current, {
      autoSize: true,
      layout: {
        background: { color: "transparent" },
        textColor: colours.faint,
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 11,
        // It would write a style element; who made the charts is said under Settings.
        attributionLogo: false,
      },
      grid: { vertLines: { visible: false }, horzLines: { color: colours.line } },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.1 } },
      timeScale: { borderVisible: false, fixLeftEdge: true, fixRightEdge: true },
      crosshair: { horzLine: { labelBackgroundColor: colours.ink }, vertLine: { labelBackgroundColor: colours.ink } },
      // Whoever scrolls the page does not want to be caught by a chart.
      handleScroll: { mouseWheel: false, vertTouchDrag: false },
      handleScale: { mouseWheel: false, axisPressedMouseMove: false },
      localization: { locale, priceFormatter: write },
    });
    draw(chart, series, colours);
    chart.timeScale().fitContent();
    return () => chart.remove();
  }, [series, write, locale, isDark]);

  return <div ref={box} role="img" aria-label={label} className={className} />;
}

function draw(chart: IChartApi, series: ChartSeries, colours: Palette): ISeriesApi<SeriesType> {
  const usual = { priceLineVisible: false, lastValueVisible: series.kind !== "histogram" } as const;
  if (series.kind === "candles") {
    const { good, bad } = colours;
    const ends = { upColor: good, downColor: bad, wickUpColor: good, wickDownColor: bad, borderVisible: false };
    const drawn = chart.addSeries(CandlestickSeries, { ...usual, ...ends });
    const provisional = { color: colours.surface, borderColor: colours.warn, wickColor: colours.warn };
    const marked = series.points.filter((point) => point.isProvisional);
    drawn.applyOptions({ borderVisible: true, borderUpColor: good, borderDownColor: bad });
    drawn.setData(series.points.map(({ isProvisional, ...bar }) => (isProvisional ? { ...bar, ...provisional } : bar)));
    const mark = { position: "aboveBar", shape: "circle", color: colours.warn, size: 0.6 } as const;
    createSeriesMarkers(drawn, marked.map(({ time }) => ({ ...mark, time })));
    return drawn;
  }
  const points = [...series.points];
  if (series.kind === "histogram") {
    const drawn = chart.addSeries(HistogramSeries, usual);
    drawn.setData(points.map((point) => ({ ...point, color: point.value < 0 ? colours.bad : colours.good })));
    return drawn;
  }
  const line = { ...usual, lineWidth: 2 as const };
  if (series.kind === "baseline") {
    const fills = { topFillColor2: "transparent", bottomFillColor1: "transparent" };
    const drawn = chart.addSeries(BaselineSeries, {
      ...line,
      ...fills,
      baseValue: { type: "price", price: 0 },
      topLineColor: colours.good,
      topFillColor1: `${colours.good}33`,
      bottomLineColor: colours.bad,
      bottomFillColor2: `${colours.bad}33`,
    });
    drawn.setData(points);
    return drawn;
  }
  const colour = { lineColor: colours.accent, topColor: `${colours.accent}30`, bottomColor: `${colours.accent}00` };
  const drawn =
    series.kind === "area"
      ? chart.addSeries(AreaSeries, { ...line, ...colour })
      : chart.addSeries(LineSeries, { ...line, color: colours.accent });
  drawn.setData(points);
  return drawn;
}
