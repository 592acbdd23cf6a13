import { useQuery } from "@tanstack/react-query";
import { ApiError, type Client } from "@/api/client";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { rowsOf } from "@/lib/sql";

const DAYS = 30;

type Closes = ReadonlyMap<string, readonly number[]>;

/** By instrument: closing prices of the last days, oldest first. */
export function useSparklines() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.of("sparklines"),
    queryFn: async ({ signal }): Promise<Closes> => {
      try {
        const path = `/api/prices/sparklines?days=${DAYS}`;
        const { series } = await client.get<{ series: { instrument: string; closes: string[] }[] }>(path, signal);
        return new Map(series.map(({ instrument, closes }) => [instrument, closes.map(Number)]));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return bySql(client);
        throw error;
      }
    },
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
  });
}

/** For servers that have no such route. */
async function bySql(client: Client): Promise<Closes> {
  const rows = await rowsOf<{ instrument_id: string; close_price: string }>(
    client,
    `SELECT instrument_id, close_price FROM market.price_history
     WHERE date > (SELECT max(date) FROM market.price_history) - INTERVAL ${DAYS} DAY
     ORDER BY instrument_id, date`,
  );
  const closes = new Map<string, number[]>();
  for (const { instrument_id: id, close_price: close } of rows) {
    const known = closes.get(id);
    if (known) known.push(Number(close));
    else closes.set(id, [Number(close)]);
  }
  return closes;
}
