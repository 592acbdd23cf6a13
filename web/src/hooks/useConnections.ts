import { useQuery } from "@tanstack/react-query";
import type { Connection } from "@/api/types";
import { useFoliosync } from "./FoliosyncProvider";
import { keys } from "./keys";

export interface UseConnections {
  connections: readonly Connection[] | undefined;
  isLoading: boolean;
  error: Error | null;
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
    // While something runs, its state is looked at more often than every minute.
    refetchInterval: (query) => (query.state.data?.some((one) => one.status === "SYNCING") ? 3000 : 60_000),
  });
  return { connections: data, isLoading: isPending, error };
}
