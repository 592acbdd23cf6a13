import { useQuery } from "@tanstack/react-query";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

const DAYS = 30;

type Closes = ReadonlyMap<string, readonly number[]>;

/** By instrument: closing prices of the last days, oldest first. */
export function useSparklines() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.of("sparklines"),
    queryFn: async ({ signal }): Promise<Closes> => {
      const path = `/api/prices/sparklines?days=${DAYS}`;
      const { series } = await client.get<{ series: { instrument: string; closes: string[] }[] }>(path, signal);
      return new Map(series.map(({ instrument, closes }) => [instrument, closes.map(Number)]));
    },
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
  });
}
