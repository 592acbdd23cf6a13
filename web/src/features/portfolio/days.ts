import { useQuery } from "@tanstack/react-query";
import type { PortfolioDay, PortfolioTotal } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { growth, subtract } from "@/lib/decimal";

/** What everything was worth on each day, in the base currency, oldest first. */
export function usePortfolioDays() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.of("portfolio-days"),
    queryFn: async ({ signal }) => {
      const { days } = await client.get<{ days: PortfolioDay[] }>("/api/portfolio/days", signal);
      return days;
    },
  });
}

export interface SinceDay {
  date: string;
  amount: string;
  part: string | null;
}

/**
 * The change since the last day before today that was written down in this currency. Null where one of the two sums
 * leaves something out: what has no price would look like a loss, or like a gain.
 */
export function sinceLastDay(
  days: readonly PortfolioDay[],
  { value, unpriced }: Pick<PortfolioTotal, "value" | "unpriced">,
  currency: string,
  today: string,
): SinceDay | null {
  const before = days.findLast((day) => day.date < today && day.currency === currency && day.value !== null);
  if (!before?.value || value === null || before.unpriced + unpriced > 0) return null;
  return { date: before.date, amount: subtract(value, before.value), part: growth(value, before.value) };
}
