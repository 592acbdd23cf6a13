import { Files } from "lucide-react";
import { BlockPage } from "./BlockPage";
import { Blocks } from "./Blocks";
import { useBlocks, useStrategies, useVerification } from "./data";
import { ProfitChart } from "./ProfitChart";
import { Strategies } from "./Strategies";
import { Totals } from "./Totals";
import type { PageProps } from "@/app/pages";
import { Link, useTitle } from "@/app/router";
import { buttonLook } from "@/components/ui/Button";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault, SkeletonRows } from "@/components/ui/States";
import { useI18n } from "@/i18n/I18n";

export default function TradeLogsPage({ rest: [connection, block] }: PageProps) {
  return connection && block ? <BlockPage place={{ connection: Number(connection), block }} /> : <All />;
}

function All() {
  const { t } = useI18n();
  useTitle(t("tradelogs.title"));
  const { blocks, error } = useBlocks();
  const { data: strategies } = useStrategies();
  const { data: reports } = useVerification();
  return (
    <>
      <PageHead title={t("tradelogs.title")} />
      {blocks?.length === 0 ? (
        <Panel>
          <Empty
            icon={<Files />}
            title={t("tradelogs.none")}
            text={t("tradelogs.none.text")}
            action={
              <Link href="/connections?add=tradelog" className={buttonLook("primary", "medium")}>
                {t("tradelogs.connect")}
              </Link>
            }
          />
        </Panel>
      ) : !blocks ? (
        error ? (
          <Fault error={error} />
        ) : (
          <Panel isFlush>
            <SkeletonRows />
          </Panel>
        )
      ) : (
        <>
          <Totals strategies={strategies} />
          <ProfitChart className="mt-6" />
          <Strategies className="mt-6" strategies={strategies} />
          <Blocks className="mt-6" blocks={blocks} reports={reports} />
        </>
      )}
    </>
  );
}
