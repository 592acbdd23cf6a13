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

export interface ItemOfStream extends ItemLine {
  stream: string;
}

/** What became of each item in the end, in the order in which they came. */
export function lastOfEach(events: readonly RunEvent[]): ItemOfStream[] {
  const found = new Map<string, ItemOfStream>();
  for (const event of events) {
    if (event.type !== "page") continue;
    for (const item of event.items) found.set(`${event.stream} ${item.item}`, { ...item, stream: event.stream });
  }
  return [...found.values()];
}

/** Items that are not as the source has them now, each once, with its reason. */
export function lacking(events: readonly RunEvent[]): ItemOfStream[] {
  return lastOfEach(events).filter((item) => item.status !== "updated" && item.status !== "unchanged");
}
