import { ChartPie } from "lucide-react";
import { Allocation } from "./Allocation";
import { useCurrencies, useShownCurrency } from "./currency";
import { Holdings } from "./Holdings";
import { Summary } from "./Summary";
import { ValueOverTime } from "./ValueOverTime";
import { Welcome } from "./Welcome";
import { Link, useTitle } from "@/app/router";
import { buttonLook } from "@/components/ui/Button";
import { Select } from "@/components/ui/Input";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault, Skeleton, SkeletonRows } from "@/components/ui/States";
import { useConnections, usePortfolio } from "@/hooks";
import { useI18n } from "@/i18n/I18n";
import { byRole } from "@/lib/roles";

export default function PortfolioPage() {
  const { t } = useI18n();
  useTitle(t("portfolio.title"));
  const [currency, setCurrency] = useShownCurrency();
  const { portfolio, error } = usePortfolio({ currency: currency || undefined });
  const currencies = useCurrencies(portfolio?.currency);
  const { connections } = useConnections();

  if (connections && byRole(connections).sources.length === 0) return <Welcome />;
  return (
    <>
      <PageHead title={t("portfolio.title")}>
        <Select
          isSmall
          aria-label={t("portfolio.currency")}
          value={portfolio?.currency ?? currency}
          onChange={(event) => setCurrency(event.target.value)}
          className="w-24"
        >
          {currencies.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      </PageHead>
      {!portfolio ? (
        error ? <Fault error={error} /> : <Waiting />
      ) : portfolio.lines.length === 0 ? (
        <Panel>
          <Empty
            icon={<ChartPie />}
            title={t("portfolio.none.title")}
            text={t("portfolio.none.text")}
            action={
              <Link href="/connections?add=yes" className={buttonLook("primary", "medium")}>
                {t("portfolio.none.action")}
              </Link>
            }
          />
        </Panel>
      ) : (
        <>
          <Summary portfolio={portfolio} />
          <div className="mt-6 grid gap-6 lg:grid-cols-5">
            <ValueOverTime className="lg:col-span-3" />
            <Allocation className="lg:col-span-2" lines={portfolio.lines} currency={portfolio.currency} />
          </div>
          <Holdings portfolio={portfolio} />
        </>
      )}
    </>
  );
}

function Waiting() {
  return (
    <>
      <Skeleton className="h-10 w-64" />
      <Skeleton className="mt-2.5 h-4 w-48" />
      <div className="mt-6 grid gap-6 lg:grid-cols-5">
        <Skeleton className="h-76 rounded-lg lg:col-span-3" />
        <Skeleton className="h-76 rounded-lg lg:col-span-2" />
      </div>
      <Panel isFlush className="mt-6">
        <SkeletonRows />
      </Panel>
    </>
  );
}
