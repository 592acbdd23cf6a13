import { useQuery } from "@tanstack/react-query";
import type { Client } from "@/api/client";
import type { Price, Prices } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

const PRICES_A_PAGE = 1000;

/** The last known price of everything that is priced. */
export function usePrices() {
  const { client } = useFoliosync();
  return useQuery({ queryKey: keys.of("prices"), queryFn: ({ signal }) => all(client, signal) });
}

async function all(client: Client, signal: AbortSignal): Promise<Prices> {
  const prices: Price[] = [];
  let after: string | null = null;
  for (;;) {
    const params = new URLSearchParams({ limit: String(PRICES_A_PAGE) });
    if (after) params.set("after", after);
    const page: Prices = await client.get(`/api/prices?${params}`, signal);
    prices.push(...page.prices);
    after = page.nextAfter;
    if (!after) return { ...page, prices };
  }
}
