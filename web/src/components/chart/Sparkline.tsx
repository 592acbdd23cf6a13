import { cn } from "@/lib/class-names";

interface Props {
  values: readonly number[];
  className?: string;
}

const WIDTH = 96;
const HEIGHT = 28;
const MARGIN = 2;

/** The way of a price, without numbers. Decoration: the change stands beside it. */
export function Sparkline({ values, className }: Props) {
  const [first, last] = [values[0], values.at(-1)];
  if (values.length < 2 || first === undefined || last === undefined) {
    return <svg className={cn("h-7 w-24", className)} aria-hidden />;
  }
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const points = values.map((value, nth) => {
    const x = (nth / (values.length - 1)) * WIDTH;
    const y = HEIGHT - MARGIN - ((value - low) / range) * (HEIGHT - 2 * MARGIN);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cn("h-7 w-24", last < first ? "text-bad" : "text-good", className)}
      aria-hidden
    >
      <polyline points={points.join(" ")} fill="none" stroke="currentColor" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
