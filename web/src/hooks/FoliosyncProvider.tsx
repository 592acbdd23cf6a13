import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";
import { ApiError, createClient, type Client } from "@/api/client";
import { createReach, type Reach } from "@/lib/reach";
import { createSyncStore, type SyncStore } from "@/lib/sync-store";
import { keys } from "./keys";

interface Foliosync {
  client: Client;
  sync: SyncStore;
  reach: Reach;
}

const Context = createContext<Foliosync | null>(null);

export interface FoliosyncProviderProps {
  /** Where foliosync answers; the page's own origin where none is given. */
  baseUrl?: string;
  /** A bearer token, for pages that foliosync does not serve itself. */
  token?: string;
  /** The app's own query client, if it has one. */
  queryClient?: QueryClient;
  children: ReactNode;
}

const SHARED_SYNC = "foliosync.sync";
/** How often a server that does not answer is tried. */
const TRY_EVERY_MILLIS = 3000;

/** Gives the hooks below it their server. */
export function FoliosyncProvider({ baseUrl = "", token, queryClient, children }: FoliosyncProviderProps) {
  const made = useMemo(() => {
    const queries = queryClient ?? createQueryClient();
    const reach = createReach();
    const client = createClient({ baseUrl, token, onReach: reach.report });
    const sync = createSyncStore(client, {
      share: (id) => shareSync(id),
      onEnd: () => void queries.invalidateQueries({ queryKey: keys.live }),
      wait: (millis) => new Promise((done) => setTimeout(done, millis)),
    });
    return { queries, client, reach, sync };
  }, [baseUrl, token, queryClient]);

  useEffect(() => followOthers(made.sync), [made]);
  useEffect(() => comeBack(made.reach, made.client, made.queries), [made]);

  return (
    <QueryClientProvider client={made.queries}>
      <Context value={made}>{children}</Context>
    </QueryClientProvider>
  );
}

export function useFoliosync(): Foliosync {
  const found = useContext(Context);
  if (!found) throw new Error("foliosync's hooks need a FoliosyncProvider above them");
  return found;
}

/** Polls every minute while the tab is seen, and once more when it is looked at again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5000,
        refetchInterval: 60_000,
        refetchIntervalInBackground: false,
        refetchOnWindowFocus: true,
        // A server on this machine answers although the machine is offline.
        networkMode: "always",
        retry: (count, error) => count < 1 && !(error instanceof ApiError),
        retryDelay: 500,
      },
      mutations: { networkMode: "always" },
    },
  });
}

function shareSync(id: number | null) {
  try {
    if (id === null) localStorage.removeItem(SHARED_SYNC);
    else localStorage.setItem(SHARED_SYNC, String(id));
  } catch {
    // Without storage other tabs see the sync when it ends.
  }
}

function sharedSync(value: string | null): number | null {
  return value && /^\d+$/.test(value) ? Number(value) : null;
}

/** A sync that another tab asked for, or this page before it was loaded again, is shown here too. */
function followOthers(sync: SyncStore) {
  const follow = (value: string | null) => {
    const id = sharedSync(value);
    if (id !== null) void sync.follow(id);
  };
  const listen = (event: StorageEvent) => {
    if (event.key === SHARED_SYNC) follow(event.newValue);
  };
  try {
    follow(localStorage.getItem(SHARED_SYNC));
  } catch {
    return undefined;
  }
  addEventListener("storage", listen);
  return () => removeEventListener("storage", listen);
}

/** Once a server that did not answer answers again, everything is read anew. */
function comeBack(reach: Reach, client: Client, queries: QueryClient) {
  let timer: ReturnType<typeof setInterval> | undefined;
  const look = () => {
    clearInterval(timer);
    if (reach.get().isReached) {
      void queries.invalidateQueries({ queryKey: keys.live });
    } else {
      timer = setInterval(() => {
        if (!document.hidden) client.get("/api/sync/status").catch(() => undefined);
      }, TRY_EVERY_MILLIS);
    }
  };
  const stop = reach.subscribe(look);
  return () => {
    clearInterval(timer);
    stop();
  };
}
