import type { Strategy } from "./data";
import { Panel } from "@/components/ui/Panel";
import { Signed } from "@/components/ui/Signed";
import { SkeletonRows } from "@/components/ui/States";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";
import { divide, sign, toNumber } from "@/lib/decimal";

export function Strategies({ strategies, className }: { strategies: readonly Strategy[] | undefined; className?: string }) {
  const { t, count, percent, decimal } = useI18n();
  const largest = Math.max(1, ...(strategies ?? []).map((one) => Math.abs(toNumber(one.pl))));
  return (
    <Panel isFlush title={t("tradelogs.strategies")} className={className}>
      {!strategies ? (
        <SkeletonRows rows={3} />
      ) : (
        <Table label={t("tradelogs.strategies")}>
          <thead>
            <tr>
              <Th>{t("tradelogs.col.strategy")}</Th>
              <Th className="hidden w-1/4 md:table-cell" />
              <Th isNumber>{t("tradelogs.col.trades")}</Th>
              <Th isNumber>{t("tradelogs.col.won")}</Th>
              <Th isNumber className="hidden sm:table-cell">{t("tradelogs.col.fees")}</Th>
              <Th isNumber>{t("tradelogs.col.pl")}</Th>
            </tr>
          </thead>
          <tbody>
            {strategies.map((one) => (
              <Tr key={one.strategy}>
                <Td className="font-medium">{one.strategy}</Td>
                <Td className="hidden md:table-cell">
                  <div
                    className={cn("h-1.5 min-w-px rounded-full", sign(one.pl) < 0 ? "bg-bad" : "bg-good")}
                    style={{ width: `${(Math.abs(toNumber(one.pl)) / largest) * 100}%` }}
                    aria-hidden
                  />
                </Td>
                <Td isNumber className="text-soft">{count(one.trades)}</Td>
                <Td isNumber className="text-soft">{percent(divide(String(one.won), String(one.trades)), false)}</Td>
                <Td isNumber className="hidden text-soft sm:table-cell">{decimal(one.fees, 2, 2)}</Td>
                <Td isNumber className="font-medium">
                  <Signed amount={one.pl}>{decimal(one.pl, 2, 2)}</Signed>
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}
