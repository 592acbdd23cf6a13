import { useQuery } from "@tanstack/react-query";
import type { Run } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

export const RUNS_READ = 200;
const WHILE_RUNNING_MILLIS = 2000;

/** The last runs, newest first: of one connection, or of all. */
export function useRuns(connection: number | null, max = RUNS_READ) {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.of("runs", connection, max),
    queryFn: async ({ signal }) => {
      const params = new URLSearchParams({ max: String(max) });
      if (connection !== null) params.set("connection", String(connection));
      return (await client.get<{ runs: Run[] }>(`/api/runs?${params}`, signal)).runs;
    },
    refetchInterval: (query) => (query.state.data?.some((run) => run.finishedAt === null) ? WHILE_RUNNING_MILLIS : 60_000),
  });
}
