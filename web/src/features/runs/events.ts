import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { ItemLine, RunEvent } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

const LIVE_MILLIS = 1000;
const EVENTS_A_PAGE = 500;

/** The log of a run. While it runs, what is new is read every second, behind what is known. */
export function useRunEvents(run: number, isRunning: boolean) {
  const { client } = useFoliosync();
  const known = useRef<{ run: number; cursor: number; events: RunEvent[] }>({ run, cursor: 0, events: [] });
  return useQuery({
    // Once it has ended its log is read to the end.
    queryKey: keys.of("run-events", run, isRunning ? "live" : "ended"),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      if (known.current.run !== run) known.current = { run, cursor: 0, events: [] };
      for (;;) {
        const { cursor, events } = known.current;
        const path = `/api/runs/${run}/events?after=${cursor}&max=${EVENTS_A_PAGE}`;
        const page = await client.get<{ events: RunEvent[]; cursor: number }>(path, signal);
        if (page.events.length === 0) return events;
        known.current = { run, cursor: page.cursor, events: [...events, ...page.events] };
      }
    },
    refetchInterval: isRunning ? LIVE_MILLIS : 60_000,
  });
}

export interface Lacking extends ItemLine {
  stream: string;
}

/** Items that are not as the source has them now, each once, with its reason. */
export function lacking(events: readonly RunEvent[]): Lacking[] {
  const found = new Map<string, Lacking>();
  for (const event of events) {
    if (event.type !== "page") continue;
    for (const item of event.items) {
      const key = `${event.stream} ${item.item}`;
      if (item.status === "updated" || item.status === "unchanged") found.delete(key);
      else found.set(key, { ...item, stream: event.stream });
    }
  }
  return [...found.values()];
}
