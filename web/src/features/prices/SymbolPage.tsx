import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, Trash2 } from "lucide-react";
import { useState } from "react";
import { Facts } from "./Facts";
import { HistoryChart } from "./HistoryChart";
import { useHistory } from "./history";
import { LastDays } from "./LastDays";
import { usePrices } from "./prices";
import { RemoveSymbol } from "./RemoveSymbol";
import { Link, useTitle } from "@/app/router";
import type { InstrumentView, Price } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { PageHead } from "@/components/ui/Panel";
import { Signed } from "@/components/ui/Signed";
import { Empty, Fault, Skeleton } from "@/components/ui/States";
import { Ago } from "@/components/ui/Time";
import { Told } from "@/components/ui/Told";
import { StaleBadge } from "@/features/connections/StatusBadge";
import { useConnections, useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";
import type { Key } from "@/i18n/translate";

export function SymbolPage({ instrument }: { instrument: string }) {
  const { t } = useI18n();
  const { data, error } = usePrices();
  const { data: bars } = useHistory(instrument);
  const view = useInstrument(instrument);
  const [isRemoving, setRemoving] = useState(false);
  const price = data?.prices.find((one) => one.instrument === instrument);
  useTitle(price?.symbol ?? t("prices.title"));
  if (!price) {
    if (data) return <Empty title={t("price.missing")} action={<BackLink />} />;
    return error ? <Fault error={error} /> : <Skeleton className="h-8 w-60" />;
  }
  return (
    <>
      <BackLink />
      <PageHead
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            {price.symbol}
            <Badge>{price.exchange ?? t(`kind.${price.kind}` as Key)}</Badge>
            <StaleBadge freshness={price.freshness} />
          </span>
        }
        text={price.name}
      >
        {view?.watched && (
          <Button onClick={() => setRemoving(true)}>
            <Trash2 className="size-3.5" aria-hidden />
            {t("price.remove")}
          </Button>
        )}
      </PageHead>
      <Quote price={price} view={view} />
      <div className="mt-6">
        <HistoryChart bars={bars} currency={bars?.at(-1)?.currency ?? null} />
      </div>
      <div className="mt-6 grid items-start gap-6 lg:grid-cols-5">
        <Facts className="lg:col-span-2" price={price} />
        <LastDays className="lg:col-span-3" bars={bars} />
      </div>
      {isRemoving && <RemoveSymbol price={price} onClose={() => setRemoving(false)} />}
    </>
  );
}

function Quote({ price, view }: { price: Price; view: InstrumentView | undefined }) {
  const { t, money, percentPoints } = useI18n();
  const { connections } = useConnections();
  const change = price.fields.change_pct?.value ?? null;
  const reader = connections?.find((one) => one.id === view?.pricedBy?.connection);
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="tnum text-3xl font-semibold tracking-tight">
          {price.currentPrice === null ? t("portfolio.unpriced") : money(price.currentPrice, price.currency)}
        </span>
        {change && (
          <Signed amount={change} className="text-[15px] font-medium">
            {percentPoints(change)}
          </Signed>
        )}
      </p>
      <p className="mt-1 text-[13px] text-faint">
        {price.asOf && <Ago at={price.asOf} />}
        {reader && view?.pricedBy && (
          <> · {t("price.pricedby", { label: reader.label, symbol: view.pricedBy.nativeSymbol })}</>
        )}
      </p>
      {price.remark && (
        <p className="mt-2 max-w-prose rounded-md bg-warn-soft px-3 py-2 text-[13px]">
          <Told text={price.remark} />
        </p>
      )}
    </>
  );
}

function useInstrument(instrument: string): InstrumentView | undefined {
  const { client } = useFoliosync();
  const { data } = useQuery({
    queryKey: keys.of("instruments"),
    queryFn: async ({ signal }) =>
      (await client.get<{ instruments: InstrumentView[] }>("/api/instruments", signal)).instruments,
  });
  return data?.find((one) => one.id === instrument);
}

function BackLink() {
  const { t } = useI18n();
  return (
    <Link href="/prices" className="mb-2 inline-flex items-center gap-1.5 text-[13px] text-faint hover:text-ink">
      <ArrowLeft className="size-3.5" aria-hidden />
      {t("price.back")}
    </Link>
  );
}
