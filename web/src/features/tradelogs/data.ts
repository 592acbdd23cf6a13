import { useQuery } from "@tanstack/react-query";
import type { BlockReport } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { literal, rowsOf } from "@/lib/sql";

export interface BlockFile {
  name: string;
  kind: string;
  rows: number;
  rejected: number;
}

export interface Block {
  connection: number;
  blockId: string;
  syncedAt: string;
  hashes: Readonly<Record<string, string | null>>;
  files: readonly BlockFile[];
  trades: number;
  pl: string | null;
  last: string | null;
}

export interface Strategy {
  strategy: string;
  trades: number;
  won: number;
  fees: string | null;
  pl: string;
}

export interface DayOfTrades {
  date: string;
  pl: string;
}

export interface RejectedRow {
  file: string;
  line: number;
  reason: string;
  raw: string | null;
}

export interface Trade {
  date_opened: string;
  time_opened: string | null;
  date_closed: string | null;
  legs: string | null;
  reason_for_close: string | null;
  num_contracts: number | null;
  pl: string;
}

export interface Place {
  connection: number;
  block: string;
}

function where(place: Place | undefined): string {
  return place ? `WHERE connection_id = ${place.connection} AND block_id = ${literal(place.block)}` : "";
}

function useRows<T>(name: string, place: Place | undefined, sql: string) {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.of(name, place?.connection, place?.block),
    queryFn: () => rowsOf<T>(client, sql),
  });
}

interface BlockRow {
  connection_id: number;
  block_id: string;
  synced_at: string;
  tradelog_hash: string | null;
  dailylog_hash: string | null;
  reportinglog_hash: string | null;
  files: string;
  trades: number | null;
  pl: string | null;
  last: string | null;
}

export function useBlocks() {
  const { data, ...rest } = useRows<BlockRow>(
    "blocks",
    undefined,
    `SELECT m.connection_id, m.block_id, m.synced_at, m.tradelog_hash, m.dailylog_hash, m.reportinglog_hash, m.files,
            t.trades, t.pl, t.last
     FROM trades._sync_metadata m
     LEFT JOIN (SELECT connection_id, block_id, count(*) AS trades, sum(pl) AS pl,
                       max(coalesce(date_closed, date_opened)) AS last
                FROM trades.trade_data GROUP BY connection_id, block_id) t
       ON t.connection_id = m.connection_id AND t.block_id = m.block_id
     ORDER BY m.block_id, m.connection_id`,
  );
  return { ...rest, blocks: data?.map(blockOf) };
}

function blockOf(row: BlockRow): Block {
  return {
    connection: row.connection_id,
    blockId: row.block_id,
    syncedAt: row.synced_at,
    hashes: { tradelog: row.tradelog_hash, dailylog: row.dailylog_hash, reportinglog: row.reportinglog_hash },
    files: JSON.parse(row.files) as BlockFile[],
    trades: row.trades ?? 0,
    pl: row.pl,
    last: row.last,
  };
}

export function useStrategies(place?: Place) {
  return useRows<Strategy>(
    "strategies",
    place,
    `SELECT strategy, count(*) AS trades, count(*) FILTER (WHERE pl > 0) AS won, sum(pl) AS pl,
            sum(coalesce(opening_commissions, 0) + coalesce(closing_commissions, 0)) AS fees
     FROM trades.trade_data ${where(place)} GROUP BY strategy ORDER BY sum(pl) DESC`,
  );
}

export function useDaysOfTrades(place?: Place) {
  return useRows<DayOfTrades>(
    "trade-days",
    place,
    `SELECT coalesce(date_closed, date_opened) AS date, sum(pl) AS pl
     FROM trades.trade_data ${where(place)} GROUP BY 1 ORDER BY 1`,
  );
}

export function useRejected(place: Place) {
  return useRows<RejectedRow>(
    "rejected",
    place,
    `SELECT file, line, reason, raw FROM trades.rejected_rows ${where(place)} ORDER BY file, line LIMIT 500`,
  );
}

export function useTrades(place: Place) {
  return useRows<Trade>(
    "trades",
    place,
    `SELECT date_opened, time_opened, date_closed, legs, reason_for_close, num_contracts, pl
     FROM trades.trade_data ${where(place)} ORDER BY date_opened DESC, time_opened DESC, occurrence LIMIT 20`,
  );
}

/** Stored data checked against itself: more work than the rest, so asked for less often. */
export function useVerification() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.of("verify"),
    queryFn: async ({ signal }) => (await client.get<{ blocks: BlockReport[] }>("/api/verify", signal)).blocks,
    staleTime: 60_000,
    refetchInterval: 10 * 60_000,
  });
}
