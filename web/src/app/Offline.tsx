import { useSyncExternalStore } from "react";
import { CloudOff } from "lucide-react";
import { useFoliosync } from "@/hooks";
import { useI18n } from "@/i18n/I18n";

/** Says that what is seen is what was last known. It covers nothing: the page moves nowhere and stays usable. */
export function Offline() {
  const { t, clock } = useI18n();
  const { reach } = useFoliosync();
  const { isReached, since } = useSyncExternalStore(reach.subscribe, reach.get, reach.get);
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-3 z-30 flex justify-center px-3">
      {!isReached && (
        <div className="flex max-w-xl animate-rise items-start gap-2.5 rounded-lg border border-line bg-raised px-4 py-2.5 shadow-xl">
          <CloudOff className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
          <p>
            <strong className="font-semibold">{t("offline.title")}</strong>{" "}
            <span className="text-soft">{t("offline.text", { time: clock(new Date(since).toISOString()) })}</span>
          </p>
        </div>
      )}
    </div>
  );
}
