import { useSyncExternalStore } from "react";
import type { SyncAsk, SyncState } from "@/lib/sync-store";
import { useFoliosync } from "./FoliosyncProvider";

export interface UseSync extends SyncState {
  /** Asks for a sync: of everything that is switched on, or of some connections. Does nothing while one runs. */
  trigger: (ask?: SyncAsk) => Promise<void>;
}

/**
 * "Sync now", and how it goes. `progress` moves with the server's lines; a lost connection is taken up where it broke,
 * and every tab sees the same sync. When it ends, all other hooks read again what it may have changed.
 */
export function useSync(): UseSync {
  const { sync } = useFoliosync();
  const state = useSyncExternalStore(sync.subscribe, sync.get, sync.get);
  return { ...state, trigger: sync.trigger };
}
