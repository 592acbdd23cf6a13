import { ArrowLeft } from "lucide-react";
import { BlockFiles, Checks, RejectedRows, Trades } from "./block-parts";
import { useBlocks, useRejected, useStrategies, useTrades, useVerification, type Place } from "./data";
import { ProfitChart } from "./ProfitChart";
import { Totals } from "./Totals";
import { VerdictBadge } from "./VerdictBadge";
import { Link, useTitle } from "@/app/router";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault, Skeleton } from "@/components/ui/States";
import { Told } from "@/components/ui/Told";
import { useConnections } from "@/hooks";
import { useI18n } from "@/i18n/I18n";

export function BlockPage({ place }: { place: Place }) {
  const { t } = useI18n();
  useTitle(place.block);
  const { blocks, error } = useBlocks();
  const { connections } = useConnections();
  const { data: strategies } = useStrategies(place);
  const { data: rejected } = useRejected(place);
  const { data: trades } = useTrades(place);
  const { data: reports } = useVerification();
  const isHere = (one: { connection: number; blockId: string }) =>
    one.connection === place.connection && one.blockId === place.block;
  const block = blocks?.find(isHere);
  const report = reports?.find(isHere);
  const connection = connections?.find((one) => one.id === place.connection);
  const gap = connection?.gaps.find((one) => one.item === place.block);
  if (!block) {
    if (blocks) return <Empty title={t("block.missing")} action={<BackLink />} />;
    return error ? <Fault error={error} /> : <Skeleton className="h-8 w-60" />;
  }
  return (
    <>
      <BackLink />
      <PageHead
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            {place.block} {report && <VerdictBadge report={report} />}
          </span>
        }
        text={connection?.label}
      />
      {gap && (
        <p className="mb-5 rounded-md bg-warn-soft px-3 py-2.5 break-words">
          <Told text={gap.reason} />
        </p>
      )}
      <Totals strategies={strategies} />
      <ProfitChart className="mt-6" place={place} />
      <Panel isFlush className="mt-6" title={t("block.files")}>
        <BlockFiles block={block} />
      </Panel>
      {rejected && rejected.length > 0 && (
        <Panel isFlush className="mt-6" title={t("block.rejected")}>
          <RejectedRows rows={rejected} />
        </Panel>
      )}
      {report && (
        <Panel isFlush className="mt-6" title={t("block.checks")}>
          <Checks report={report} />
        </Panel>
      )}
      {trades && trades.length > 0 && (
        <Panel isFlush className="mt-6" title={t("block.trades")}>
          <Trades trades={trades} />
        </Panel>
      )}
    </>
  );
}

function BackLink() {
  const { t } = useI18n();
  return (
    <Link href="/trade-logs" className="mb-2 inline-flex items-center gap-1.5 text-[13px] text-faint hover:text-ink">
      <ArrowLeft className="size-3.5" aria-hidden />
      {t("tradelogs.title")}
    </Link>
  );
}
