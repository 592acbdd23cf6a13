import type { Connection } from "@/api/types";
import { Until } from "@/components/ui/Time";
import { Told } from "@/components/ui/Told";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";

/** What is wrong with it and what happens next; nothing where all is well. */
export function Trouble({ connection }: { connection: Connection }) {
  const t = useI18n().tOf(connection.role);
  const { lastSyncError, status, gaps, nextAttemptAt } = connection;
  const isBroken = status === "ERROR" || status === "NEEDS_ATTENTION";
  return (
    <>
      {lastSyncError && (
        <div
          className={cn(
            "mt-2.5 rounded-md px-3 py-2 text-[13px] break-words",
            isBroken ? (status === "ERROR" ? "bg-bad-soft" : "bg-warn-soft") : "bg-hover",
          )}
        >
          <p>
            <Told text={lastSyncError} />
          </p>
          {status === "ERROR" && nextAttemptAt && <Retry at={nextAttemptAt} />}
        </div>
      )}
      {gaps.length > 0 && <p className="mt-1.5 text-[13px] text-warn">{t("connections.gaps", { count: gaps.length })}</p>}
    </>
  );
}

function Retry({ at }: { at: string }) {
  const { t } = useI18n();
  const [before, after] = t("connections.retry", { when: "\u0000" }).split("\u0000");
  return (
    <p className="mt-0.5 text-soft">
      {before}
      <Until at={at} />
      {after}
    </p>
  );
}
