import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { ApiError, type Client } from "@/api/client";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { createSyncStore, type SyncState, type SyncStore } from "@/lib/sync-store";

interface One {
  store: SyncStore;
  /** Before this the server refuses another sync of it. */
  readyAt: number;
}

const COOL_DOWN_MILLIS = 60_000;
const known = new WeakMap<Client, Map<number, One>>();

/** Outlives the page that shows it, so that leaving and coming back shows the same sync and the same wait. */
function oneOf(client: Client, queries: QueryClient, id: number): One {
  let all = known.get(client);
  if (!all) known.set(client, (all = new Map()));
  let one = all.get(id);
  if (!one) {
    const surroundings = {
      share: () => undefined,
      onEnd: () => void queries.invalidateQueries({ queryKey: keys.live }),
      wait: (millis: number) => new Promise<void>((done) => setTimeout(done, millis)),
    };
    one = { store: createSyncStore(client, surroundings, `/api/connections/${id}/sync`), readyAt: 0 };
    all.set(id, one);
  }
  return one;
}

export interface OneSync extends SyncState {
  trigger: () => void;
  /** How long until it may be synced again; 0: now. */
  secondsLeft: number;
}

/** Syncs one connection, at most once a minute, as the server wants it. */
export function useOneSync(id: number): OneSync {
  const { client } = useFoliosync();
  const one = oneOf(client, useQueryClient(), id);
  const state = useSyncExternalStore(one.store.subscribe, one.store.get);
  const [now, setNow] = useState(Date.now);
  const secondsLeft = Math.max(0, Math.ceil((one.readyAt - now) / 1000));
  useEffect(() => {
    if (secondsLeft === 0) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  }, [secondsLeft, now]);
  const trigger = async () => {
    one.readyAt = Date.now() + COOL_DOWN_MILLIS;
    setNow(Date.now());
    await one.store.trigger();
    const { error } = one.store.get();
    // Another tab or program was first; or what was refused used up nobody's turn.
    if (error instanceof ApiError) one.readyAt = Date.now() + (error.retryAfterSecs ?? 0) * 1000;
    setNow(Date.now());
  };
  return { ...state, trigger: () => void trigger(), secondsLeft };
}
