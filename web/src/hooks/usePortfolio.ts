import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Client } from "@/api/client";
import type { HoldingLine, Portfolio } from "@/api/types";
import { useFoliosync } from "./FoliosyncProvider";
import { keys } from "./keys";

export interface PortfolioAsk {
  /** In which currency everything is valued; the base currency where none is given. */
  currency?: string;
  /** Only what one connection holds. */
  connection?: number;
}

export interface UsePortfolio {
  portfolio: Portfolio | undefined;
  isLoading: boolean;
  error: Error | null;
}

export interface UsePortfolios {
  /** What each connection holds is worth. */
  portfolios: Portfolio["connections"] | undefined;
  isLoading: boolean;
  error: Error | null;
}

const LINES_A_PAGE = 1000;

/** Everything that is held and what it is worth, as texts with all their digits. */
export function usePortfolio(ask: PortfolioAsk = {}): UsePortfolio {
  const { client } = useFoliosync();
  const { data, isPending, error } = useQuery({
    queryKey: keys.of("portfolio", ask.currency, ask.connection),
    queryFn: ({ signal }) => whole(client, ask, signal),
    // Changing the currency shows the last figures until the new ones are there.
    placeholderData: keepPreviousData,
  });
  return { portfolio: data, isLoading: isPending, error };
}

export function usePortfolios(currency?: string): UsePortfolios {
  const { portfolio, isLoading, error } = usePortfolio({ currency });
  return { portfolios: portfolio?.connections, isLoading, error };
}

async function whole(client: Client, { currency, connection }: PortfolioAsk, signal: AbortSignal): Promise<Portfolio> {
  const lines: HoldingLine[] = [];
  let after: string | null = null;
  for (;;) {
    const params = new URLSearchParams({ limit: String(LINES_A_PAGE) });
    if (currency) params.set("currency", currency);
    if (connection !== undefined) params.set("connection", String(connection));
    if (after) params.set("after", after);
    const page: Portfolio = await client.get(`/api/portfolio?${params}`, signal);
    lines.push(...page.lines);
    after = page.nextAfter;
    if (!after) return { ...page, lines };
  }
}
