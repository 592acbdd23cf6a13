import type { Provider, Run } from "@/api/types";

const STREAMS_OF_TRADES = ["blocks", "fills", "report"];

/** Null for providers that only bring prices. */
export function tradesOf(run: Run, provider: Provider | undefined): { imported: number; skipped: number } | null {
  const hasTrades = provider?.streams.some((stream) => STREAMS_OF_TRADES.includes(stream.name));
  return hasTrades ? { imported: run.tradesImported, skipped: run.tradesSkipped } : null;
}
