import { tradesOf } from "./trades";
import { useProvider } from "./providers";
import { Link } from "@/app/router";
import type { Connection } from "@/api/types";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";
import { RunCounts } from "@/features/runs/RunCounts";

/** What the last run brought, in one quiet line. */
export function LastRun({ connection }: { connection: Connection }) {
  const t = useI18n().tOf(connection.role);
  const provider = useProvider(connection.provider);
  const run = connection.lastRun;
  if (!run) return t("connections.never");
  const trades = tradesOf(run, provider);
  return (
    <>
      <Tooltip text={<RunCounts run={run} role={connection.role} />}>
        <Link href={`/runs/${run.id}`} className="hover:text-ink hover:underline">
          {t("connections.lastrun")}
        </Link>
      </Tooltip>
{" "}
      {trades && trades.imported + trades.skipped > 0 ? (
        <>
          {t("connections.trades", { count: trades.imported })}, {t("connections.skipped", { count: trades.skipped })}
        </>
      ) : run.outcome === "failed" && run.updated + run.unchanged === 0 ? (
        t("outcome.failed")
      ) : (
        t("connections.counts", { updated: run.updated, unchanged: run.unchanged })
      )}
    </>
  );
}
