import type { Bar } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Panel } from "@/components/ui/Panel";
import { SkeletonRows } from "@/components/ui/States";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { useI18n } from "@/i18n/I18n";

const DAYS_SHOWN = 12;
const DIGITS_MAX = 8;
const TONES: Record<Bar["status"], Tone> = { intraday: "warn", close: "plain", corrected: "accent" };

/** What the chart shows, in figures. */
export function LastDays({ bars, className }: { bars: readonly Bar[] | undefined; className?: string }) {
  const { t, day, decimal } = useI18n();
  const price = (amount: string | null) => decimal(amount, DIGITS_MAX, 2);
  return (
    <Panel isFlush title={t("price.table")} className={className}>
      {!bars ? (
        <SkeletonRows />
      ) : (
        <Table label={t("price.table")}>
          <thead>
            <tr>
              <Th>{t("price.col.date")}</Th>
              <Th isNumber className="hidden sm:table-cell">{t("price.col.open")}</Th>
              <Th isNumber className="hidden sm:table-cell">{t("price.col.high")}</Th>
              <Th isNumber className="hidden sm:table-cell">{t("price.col.low")}</Th>
              <Th isNumber>{t("price.col.close")}</Th>
              <Th>{t("price.col.status")}</Th>
            </tr>
          </thead>
          <tbody>
            {bars.slice(-DAYS_SHOWN).reverse().map((bar) => (
              <Tr key={bar.date}>
                <Td className="h-9 whitespace-nowrap">{day(bar.date)}</Td>
                <Td isNumber className="hidden h-9 text-soft sm:table-cell">{price(bar.open)}</Td>
                <Td isNumber className="hidden h-9 text-soft sm:table-cell">{price(bar.high)}</Td>
                <Td isNumber className="hidden h-9 text-soft sm:table-cell">{price(bar.low)}</Td>
                <Td isNumber className="h-9 font-medium">{price(bar.closePrice)}</Td>
                <Td className="h-9">
                  <Badge tone={TONES[bar.status]}>{t(`bar.${bar.status}`)}</Badge>
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}
