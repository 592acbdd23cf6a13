import { Link, navigate } from "@/app/router";
import type { Price } from "@/api/types";
import { Sparkline } from "@/components/chart/Sparkline";
import { Badge } from "@/components/ui/Badge";
import { Signed } from "@/components/ui/Signed";
import { Td, Tr } from "@/components/ui/Table";
import { Ago } from "@/components/ui/Time";
import { toldIf } from "@/components/ui/Told";
import { Tooltip } from "@/components/ui/Tooltip";
import { useProvider } from "@/features/connections/providers";
import { useI18n } from "@/i18n/I18n";
import type { Key } from "@/i18n/translate";

interface Props {
  price: Price;
  closes: readonly number[] | undefined;
}

const NONE: readonly number[] = [];

export function PriceRow({ price, closes }: Props) {
  const { t, told, money, percentPoints } = useI18n();
  const provider = useProvider(price.provider ?? undefined);
  const to = `/prices/${encodeURIComponent(price.instrument)}`;
  const change = price.fields.change_pct?.value ?? null;
  return (
    <Tr className="cursor-pointer" onClick={(event) => !(event.target as Element).closest("a,button") && navigate(to)}>
      {/* On a phone the figures are whole, and names give way. */}
      <Td className="w-full max-w-0 sm:w-auto sm:max-w-none">
        <Link href={to} className="block truncate font-medium hover:underline sm:inline">
          {price.symbol}
        </Link>
        <span className="block truncate text-faint sm:ml-2 sm:inline">{price.name ?? t(`kind.${price.kind}` as Key)}</span>
        {price.exchange && <span className="ml-1.5 hidden text-xs text-faint sm:inline">{price.exchange}</span>}
      </Td>
      <Td className="hidden md:table-cell">
        <Sparkline values={closes ?? NONE} />
      </Td>
      <Td isNumber className="font-medium">
        {price.currentPrice === null ? (
          <Tooltip text={toldIf(price.remark)}>
            <span>
              <Badge tone="warn">{t("portfolio.unpriced")}</Badge>
            </span>
          </Tooltip>
        ) : (
          money(price.currentPrice, price.currency)
        )}
      </Td>
      <Td isNumber>
        <Signed amount={change}>{percentPoints(change)}</Signed>
      </Td>
      <Td className="hidden text-soft lg:table-cell">{told(provider?.name ?? price.provider ?? "–")}</Td>
      <Td isNumber className="hidden text-faint sm:table-cell">
        {price.asOf &&
          (price.freshness === "stale" ? (
            <Tooltip text={toldIf(price.remark) ?? t("freshness.stale.help")}>
              <span>
                <Badge tone="warn">
                  <Ago at={price.asOf} />
                </Badge>
              </span>
            </Tooltip>
          ) : (
            <Ago at={price.asOf} />
          ))}
      </Td>
    </Tr>
  );
}
