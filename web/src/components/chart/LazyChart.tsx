import { lazy, Suspense } from "react";
import type { TimeChartProps } from "./TimeChart";
import { Skeleton } from "@/components/ui/States";

const TimeChart = lazy(() => import("./TimeChart"));

/** The chart library is loaded when the first chart is seen; its place is kept until then. */
export function LazyChart({ className = "h-64", ...rest }: TimeChartProps) {
  return (
    <Suspense fallback={<Skeleton className={className} />}>
      <TimeChart className={className} {...rest} />
    </Suspense>
  );
}
