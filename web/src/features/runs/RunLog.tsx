import { useState } from "react";
import { ITEM_TONES } from "./tones";
import type { Role, RunEvent } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Told } from "@/components/ui/Told";
import { useI18n, type I18n } from "@/i18n/I18n";

const ITEMS_SHOWN = 24;
const STATUSES = ["rejected", "missing", "deferred", "updated", "unchanged"] as const;

/** Line by line what was committed, as the log in the database has it. */
export function RunLog({ events, role }: { events: readonly RunEvent[]; role: Role | undefined }) {
  const i18n = useI18n();
  const t = i18n.tOf(role);
  return (
    <ol className="pb-2" aria-live="polite">
      {events.map((event) => (
        <li key={event.cursor} className="flex gap-4 px-4 py-1.5">
          <time dateTime={event.at} title={i18n.exactInstant(event.at)} className="tnum shrink-0 text-[13px] text-faint">
            {i18n.clock(event.at)}
          </time>
          <div className="min-w-0 flex-1 break-words">
            {headline(event, { ...i18n, t })}
            {"error" in event && event.error && (
              <p className="text-[13px] text-bad">
                <Told text={event.error} />
              </p>
            )}
            {event.type === "page" && <Items event={event} role={role} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

function headline(event: RunEvent, { t, told, count, ago, until }: I18n): string {
  switch (event.type) {
    case "started":
      return t("run.started", { trigger: t(`trigger.${event.trigger}`), streams: event.streams.map(told).join(", ") });
    case "page":
      return t("run.page", { stream: told(event.stream), page: count(event.page), rows: count(event.rows_written) });
    case "stream_ended": {
      const ended = t("run.ended", { stream: told(event.stream), outcome: t(`outcome.${event.outcome}`) });
      if (!event.next_due) return ended;
      const now = Date.now();
      const when = Date.parse(event.next_due) > now ? until(event.next_due, now) : ago(event.next_due, now);
      return `${ended}, ${t("run.next", { when })}`;
    }
    case "finished":
      return t("run.finished", { outcome: t(`outcome.${event.outcome}`) });
  }
}

/** By what became of them, since most often it is the same for all. */
function Items({ event, role }: { event: Extract<RunEvent, { type: "page" }>; role: Role | undefined }) {
  const { tOf, told } = useI18n();
  const t = tOf(role);
  const [isOpen, setOpen] = useState(false);
  const rest = isOpen ? 0 : Math.max(0, event.items.length - ITEMS_SHOWN);
  // What went wrong comes first, so that it is never among those that are only counted.
  const all = STATUSES.flatMap((status) => event.items.filter((item) => item.status === status));
  const shown = all.slice(0, all.length - rest);
  return (
    <ul className="mt-1 space-y-1 text-[13px]">
      {STATUSES.filter((status) => shown.some((item) => item.status === status)).map((status) => (
        <li key={status} className="flex items-baseline gap-2">
          <Badge tone={ITEM_TONES[status]}>{t(`item.${status}`)}</Badge>
          <span className="flex min-w-0 flex-wrap gap-x-2.5 text-soft">
            {shown
              .filter((item) => item.status === status)
              .map((item) => (
                <span key={item.item} className="break-all" title={item.detail && told(item.detail)}>
                  {item.item}
                </span>
              ))}
          </span>
        </li>
      ))}
      {rest > 0 && (
        <li>
          <button type="button" onClick={() => setOpen(true)} className="text-accent hover:underline">
            {t("run.more", { count: rest })}
          </button>
        </li>
      )}
    </ul>
  );
}
