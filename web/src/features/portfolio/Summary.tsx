import { CircleAlert } from "lucide-react";
import { sinceLastDay, usePortfolioDays } from "./days";
import { Link } from "@/app/router";
import type { Portfolio, PortfolioTotal } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Skeleton } from "@/components/ui/States";
import { Instant } from "@/components/ui/Time";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";
import { sign } from "@/lib/decimal";
import { today } from "@/lib/today";

/** A server of today may tell the change of the day. */
type Total = PortfolioTotal & { dayChange?: string | null; dayChangePct?: string | null };

/** What it is all worth, how that changed, and what it leaves out. */
export function Summary({ portfolio }: { portfolio: Portfolio }) {
  const { t, money } = useI18n();
  const { total, currency, at } = portfolio;
  return (
    <section aria-label={t("portfolio.total")}>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <p className="tnum text-3xl font-semibold tracking-tight sm:text-4xl" data-testid="total">
          {money(total.value, currency)}
        </p>
        <Change portfolio={portfolio} />
      </div>
      <p className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-[13px] text-faint">
        <AsOf at={at} />
        {total.partial && <Partial total={total} />}
      </p>
    </section>
  );
}

function AsOf({ at }: { at: string }) {
  const { t } = useI18n();
  const [before, after] = t("portfolio.asof", { time: "\u0000" }).split("\u0000");
  return (
    <span>
      {before}
      <Instant at={at} />
      {after}
    </span>
  );
}

function Change({ portfolio }: { portfolio: Portfolio }) {
  const { t, change, percent, percentPoints, shortDay } = useI18n();
  const days = usePortfolioDays();
  const { total, currency } = portfolio;
  const { dayChange, dayChangePct }: Total = total;
  if (dayChange != null) {
    return (
      <ChangeText
        amount={dayChange}
        text={`${change(dayChange, currency)} (${percentPoints(dayChangePct)})`}
        label={t("portfolio.day")}
        help={t("portfolio.day.help")}
      />
    );
  }
  if (days.isPending) return <Skeleton className="h-4 w-40" />;
  const since = sinceLastDay(days.data ?? [], total, currency, today());
  if (!since) return null;
  const text = `${change(since.amount, currency)} (${percent(since.part)})`;
  const label = t("portfolio.since", { date: shortDay(since.date) });
  return <ChangeText amount={since.amount} text={text} label={label} help={t("portfolio.since.help")} />;
}

function ChangeText(props: { amount: string; text: string; label: string; help: string }) {
  const tone = { "1": "text-good", "-1": "text-bad", "0": "text-soft" }[`${sign(props.amount)}`];
  return (
    <Tooltip text={props.help}>
      <p className="text-[15px]" data-testid="day-change">
        <span className={cn("tnum font-medium", tone)}>{props.text}</span> <span className="text-faint">{props.label}</span>
      </p>
    </Tooltip>
  );
}

/** Says what is missing, and leads to it. */
function Partial({ total }: { total: PortfolioTotal }) {
  const { t } = useI18n();
  const { unpriced, stale } = total;
  const told = [
    unpriced > 0 && t("portfolio.partial.unpriced", { count: unpriced }),
    stale > 0 && t("portfolio.partial.stale", { count: stale }),
  ].filter((text) => text !== false);
  return (
    <>
      <Badge tone="warn" icon={<CircleAlert aria-hidden />}>
        {t("portfolio.partial")}
      </Badge>
      <span data-testid="partial">
        {told.join(" ")}{" "}
        <Link href={`/?only=${unpriced > 0 ? "unpriced" : "stale"}#holdings`} className="text-accent underline underline-offset-2">
          {t("portfolio.partial.show")}
        </Link>
      </span>
    </>
  );
}
