import type { Provider } from "@/api/types";
import type { I18n } from "@/i18n/I18n";

const PRESETS_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 4320, 10_080];

/** The presets that the provider allows, and what is set now. */
export function intervals(provider: Provider | undefined, now: number | null): number[] {
  const [min, max] = provider ? [provider.interval.min_secs / 60, provider.interval.max_secs / 60] : [1, 1440];
  const all = new Set(PRESETS_MINUTES.filter((minutes) => minutes >= min && minutes <= max));
  if (now !== null) all.add(now);
  return [...all].sort((a, b) => a - b);
}

export function intervalText(minutes: number, { t }: I18n): string {
  if (minutes < 60 || minutes % 60 !== 0) return t("interval.minutes", { count: minutes });
  if (minutes === 1440) return t("interval.day");
  if (minutes % 1440 === 0) return t("interval.days", { count: minutes / 1440 });
  return t("interval.hours", { count: minutes / 60 });
}
