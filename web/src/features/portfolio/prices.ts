import { useMemo } from "react";
import { usePrices } from "@/features/prices/prices";

/** By instrument: the change of the day in percent, as its source says. */
export function useDayChanges(): ReadonlyMap<string, string> {
  const { data } = usePrices();
  return useMemo(() => {
    const changes = new Map<string, string>();
    for (const price of data?.prices ?? []) {
      const change = price.fields.change_pct;
      if (change) changes.set(price.instrument, change.value);
    }
    return changes;
  }, [data]);
}
