import type { Strategy } from "./data";
import { Signed } from "@/components/ui/Signed";
import { Skeleton } from "@/components/ui/States";
import { useI18n } from "@/i18n/I18n";
import { divide, sum } from "@/lib/decimal";

/** All trades in three figures. */
export function Totals({ strategies }: { strategies: readonly Strategy[] | undefined }) {
  const { t, change, count, percent } = useI18n();
  if (!strategies) return <Skeleton className="h-14 w-80" />;
  const pl = sum(strategies.map((one) => one.pl));
  const trades = strategies.reduce((all, one) => all + one.trades, 0);
  const won = strategies.reduce((all, one) => all + one.won, 0);
  return (
    <dl className="flex flex-wrap items-baseline gap-x-8 gap-y-3">
      <div className="w-full sm:w-auto">
        <dt className="text-[13px] text-faint">{t("tradelogs.pl")}</dt>
        <dd className="text-3xl font-semibold tracking-tight">
          <Signed amount={pl}>{change(pl, "USD")}</Signed>
        </dd>
      </div>
      <div>
        <dt className="text-[13px] text-faint">{t("tradelogs.trades")}</dt>
        <dd className="tnum text-xl font-semibold">{count(trades)}</dd>
      </div>
      <div>
        <dt className="text-[13px] text-faint">{t("tradelogs.won")}</dt>
        <dd className="tnum text-xl font-semibold">{percent(divide(String(won), String(trades)), false)}</dd>
      </div>
    </dl>
  );
}
