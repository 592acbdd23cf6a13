import { useQuery } from "@tanstack/react-query";
import type { Client } from "@/api/client";
import type { Bar, History } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

const BARS_A_PAGE = 1000;
/** Some forty years of days. */
const BARS_MAX = 10_000;

/** Daily bars, oldest first. */
export function useHistory(instrument: string) {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.of("history", instrument),
    queryFn: ({ signal }) => whole(client, instrument, signal),
  });
}

async function whole(client: Client, instrument: string, signal: AbortSignal): Promise<Bar[]> {
  const bars: Bar[] = [];
  let before: string | null = null;
  do {
    const params = new URLSearchParams({ limit: String(BARS_A_PAGE) });
    if (before) params.set("before", before);
    const page: History = await client.get(`/api/prices/${encodeURIComponent(instrument)}/history?${params}`, signal);
    bars.push(...page.bars);
    before = page.nextBefore;
  } while (before && bars.length < BARS_MAX);
  return bars.reverse();
}

export const RANGES = { "1m": 1, "6m": 6, "1y": 12, all: Infinity } as const;
export type Range = keyof typeof RANGES;

/** Those of so many months before the last one. */
export function within(bars: readonly Bar[], range: Range): readonly Bar[] {
  const last = bars.at(-1);
  if (!last || range === "all") return bars;
  const from = new Date(`${last.date}T00:00Z`);
  from.setUTCMonth(from.getUTCMonth() - RANGES[range]);
  const first = from.toISOString().slice(0, 10);
  return bars.filter((bar) => bar.date >= first);
}
