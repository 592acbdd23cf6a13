import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { SyncStatus } from "@/api/types";
import { useFoliosync } from "./FoliosyncProvider";
import { keys } from "./keys";

/** A server of today may tell which sync goes on; one of yesterday does not. */
type Status = SyncStatus & { current?: { sync: number } | null };

export interface UseLastSynced {
  /** When anything was last read, changed or not. Null: never. Undefined: not known yet. */
  lastSynced: Date | null | undefined;
  isLoading: boolean;
  revalidate: () => Promise<void>;
}

/** When anything was last synced: asked every 60 seconds while the tab is seen, and when it is looked at again. */
export function useLastSynced(): UseLastSynced {
  const { client, sync } = useFoliosync();
  const queries = useQueryClient();
  const { data, isPending } = useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => client.get<Status>("/api/sync/status", signal),
  });
  const current = data?.current?.sync;
  useEffect(() => {
    if (current !== undefined) void sync.follow(current);
  }, [current, sync]);
  return {
    lastSynced: data && (data.lastSynced ? new Date(data.lastSynced) : null),
    isLoading: isPending,
    revalidate: () => queries.invalidateQueries({ queryKey: keys.status }),
  };
}
