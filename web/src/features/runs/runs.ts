import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ApiError, type Client } from "@/api/client";
import type { Connection, Run, RunDay } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { isMirror } from "@/lib/roles";

const RUNS_READ = 100;
const DAYS_READ = 100;
const WHILE_RUNNING_MILLIS = 2000;

/** The last runs, newest first: of one connection, or of all. */
export function useRuns(connection: number | null, max: number) {
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

export interface RunFilter {
  /** Its number, `sources`, or `mirrors`. */
  connection: string;
  outcome: string;
  trigger: string;
}

/** Runs of which only sums by day are left, newest day first; whole days a page. */
export function useRunDays(connection: string) {
  const { client } = useFoliosync();
  const of = /^\d+$/.test(connection) ? connection : "";
  return useInfiniteQuery({
    queryKey: keys.of("run-days", of),
    queryFn: async ({ pageParam, signal }) => {
      const params = new URLSearchParams({ max: String(DAYS_READ) });
      if (of) params.set("connection", of);
      if (pageParam) params.set("before", pageParam);
      return (await client.get<{ days: RunDay[] }>(`/api/runs/days?${params}`, signal)).days;
    },
    initialPageParam: "",
    getNextPageParam: (last) => (last.length < DAYS_READ ? undefined : last.at(-1)?.day),
    placeholderData: keepPreviousData,
  });
}

/** Whether a run is to be seen; what the server did not sort out is sorted out here. */
export function isWanted(run: Run, { connection, outcome, trigger }: RunFilter, known: readonly Connection[] = []): boolean {
  if (!isOfRole(run, connection, known)) return false;
  return (!outcome || (run.outcome ?? "running") === outcome) && (!trigger || run.trigger === trigger);
}

/** Whether a run, or a day of runs, is of a source or a mirror where the filter names these. */
export function isOfRole({ connectionId }: Pick<Run, "connectionId">, filter: string, known: readonly Connection[] = []): boolean {
  const ofMirror = isMirror(known.find((one) => one.id === connectionId));
  return filter === "mirrors" ? ofMirror : filter !== "sources" || !ofMirror;
}

/** The log of runs page by page, newest first. The newest page follows what happens. */
export function useRunLog({ connection, ...rest }: RunFilter) {
  const { client } = useFoliosync();
  // The server knows of one connection or of all.
  const filter = { ...rest, connection: /^\d+$/.test(connection) ? connection : "" };
  return useInfiniteQuery({
    queryKey: keys.of("run-log", filter.connection, filter.outcome, filter.trigger),
    queryFn: ({ pageParam, signal }) => readRuns(client, filter, pageParam, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length < RUNS_READ ? undefined : last.at(-1)?.id),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.pages[0]?.some((run) => run.finishedAt === null) ? WHILE_RUNNING_MILLIS : 60_000,
  });
}

async function readRuns(client: Client, filter: RunFilter, before: number | null, signal: AbortSignal): Promise<Run[]> {
  const params = new URLSearchParams({ max: String(RUNS_READ) });
  if (filter.connection) params.set("connection", filter.connection);
  const more = new URLSearchParams(params);
  if (before !== null) more.set("before", String(before));
  // What runs has no outcome yet.
  if (filter.outcome && filter.outcome !== "running") more.set("outcome", filter.outcome);
  if (filter.trigger) more.set("trigger", filter.trigger);
  const read = async (asked: URLSearchParams) => (await client.get<{ runs: Run[] }>(`/api/runs?${asked}`, signal)).runs;
  try {
    return await read(more);
  } catch (error) {
    // A server of an earlier version filters nothing and goes back no further: the page filters what it has.
    const isOlder = error instanceof ApiError && error.status === 400 && more.size > params.size;
    if (!isOlder) throw error;
    return before === null ? read(params) : [];
  }
}
