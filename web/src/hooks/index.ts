/**
 * foliosync's React hooks, for its own dashboard and for other apps.
 *
 * ```tsx
 * <FoliosyncProvider baseUrl="https://folio.example.org" token={token}>
 *   <App />
 * </FoliosyncProvider>
 *
 * const { trigger, isSyncing, progress, result, error } = useSync();
 * const { lastSynced, isLoading, revalidate } = useLastSynced();
 * const { connections } = useConnections();
 * const { portfolio } = usePortfolio({ currency: "EUR" });
 * const { portfolios } = usePortfolios();
 * ```
 *
 * All of them ask again every 60 seconds while their tab is seen, when it is looked at again, and when a sync ended. What
 * was last known stays while the server does not answer. Amounts are texts with all their digits.
 */
export { FoliosyncProvider, createQueryClient, useFoliosync, type FoliosyncProviderProps } from "./FoliosyncProvider";
export { useSync, type UseSync } from "./useSync";
export { useLastSynced, type UseLastSynced } from "./useLastSynced";
export { useConnections, type UseConnections } from "./useConnections";
export { usePortfolio, usePortfolios, type PortfolioAsk, type UsePortfolio, type UsePortfolios } from "./usePortfolio";
export { ApiError, Unreachable } from "@/api/client";
export type { SyncAsk, SyncProgress, SyncResult } from "@/lib/sync-store";
export type * from "@/api/types";
