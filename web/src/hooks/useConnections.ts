import { useQuery } from "@tanstack/react-query";
import type { Connection } from "@/api/types";
import { useFoliosync } from "./FoliosyncProvider";
import { keys } from "./keys";

export interface UseConnections {
  connections: readonly Connection[] | undefined;
  isLoading: boolean;
  error: Error | null;
}

/** A new one is waited for, though not forever: where schedules are off, it has to be asked for. */
const AWAITED_MILLIS = 120_000;

function isAtWork({ status, syncEnabled, lastAttemptAt, createdAt }: Connection, now: number): boolean {
  const isAwaited = syncEnabled && lastAttemptAt === null && now - Date.parse(createdAt) < AWAITED_MILLIS;
  return status === "SYNCING" || isAwaited;
}

/** All connections with their state. The last known ones stay while the server does not answer. */
export function useConnections(): UseConnections {
  const { client } = useFoliosync();
  const { data, isPending, error } = useQuery({
    queryKey: keys.connections,
    queryFn: async ({ signal }) => {
      const { connections } = await client.get<{ connections: Connection[] }>("/api/connections", signal);
      return connections.filter((connection) => connection.removedAt === null);
    },
    // While something runs or is about to run for the first time, its state is looked at more often than every minute.
    refetchInterval: (query) => (query.state.data?.some((one) => isAtWork(one, Date.now())) ? 3000 : 60_000),
  });
  return { connections: data, isLoading: isPending, error };
}
