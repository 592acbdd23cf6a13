import type { Price } from "@/api/types";
import { Panel } from "@/components/ui/Panel";
import { Tooltip } from "@/components/ui/Tooltip";
import { useProviders } from "@/features/connections/providers";
import { useI18n, type I18n } from "@/i18n/I18n";
import type { Key } from "@/i18n/translate";

const ORDER = [
  "previous_close",
  "day_open",
  "day_high",
  "day_low",
  "year_high",
  "year_low",
  "price_avg_50",
  "price_avg_200",
  "volume",
  "avg_volume",
  "market_cap",
  "pe_ratio",
  "eps",
  "bid",
  "ask",
];

/** The other numbers of a quote; each tells in its tooltip who said it, and when. */
export function Facts({ price, className }: { price: Price; className?: string }) {
  const i18n = useI18n();
  const { t, told } = i18n;
  const { data: providers } = useProviders();
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const fields = Object.entries(price.fields)
    .filter(([name]) => name !== "change_pct" && name !== "current_price")
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
  return (
    <Panel title={t("price.facts")} className={className}>
      {fields.length === 0 && <p className="text-faint">–</p>}
      <dl>
        {fields.map(([name, field]) => {
          const provider = told(providers?.find((one) => one.id === field.provider)?.name ?? field.provider);
          return (
            <div key={name} className="flex h-8 items-center justify-between gap-4 border-b border-line last:border-0">
              <dt className="text-soft">{nameOf(name, i18n)}</dt>
              <Tooltip text={t("price.facts.from", { provider, time: i18n.exactInstant(field.asOf) })}>
                <dd className="tnum text-right">{figure(name, field, i18n)}</dd>
              </Tooltip>
            </div>
          );
        })}
      </dl>
    </Panel>
  );
}

function figure(name: string, { value, currency }: Price["fields"][string], { money, decimal }: I18n): string {
  // Nobody reads the cents of billions.
  if (name === "market_cap") return [decimal(value, 0), currency].filter(Boolean).join(" ");
  return currency ? money(value, currency) : decimal(value, 4);
}

/** A number that we have no word for goes by its name. */
function nameOf(name: string, { t }: I18n): string {
  const key = `field.${name}`;
  const text = t(key as Key);
  return text === key ? name.replaceAll("_", " ") : text;
}
