import { Link } from "@/app/router";
import type { HoldingLine } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Signed } from "@/components/ui/Signed";
import { Td, Tr } from "@/components/ui/Table";
import { Ago } from "@/components/ui/Time";
import { toldIf } from "@/components/ui/Told";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";

interface Props {
  line: HoldingLine;
  currency: string;
  share: string | null;
  /** Its price's change of the day, in percent. */
  day: string | null;
  onMap: () => void;
}

const QUANTITY_DIGITS = 8;

export function HoldingRow({ line, currency, share, day, onMap }: Props) {
  const { t, money, decimal, percent, percentPoints, day: date } = useI18n();
  const hasRate = line.rate !== null && line.rateDate !== null && line.priceCurrency !== currency;
  const rate = hasRate && line.rateDate && t("portfolio.rate", { rate: decimal(line.rate, 6), date: date(line.rateDate) });
  return (
    <Tr>
      <Td>
        <Asset line={line} />
      </Td>
      <Td className="hidden max-w-52 truncate text-soft md:table-cell">
        {line.label} {line.part && <span className="text-faint">· {line.part}</span>}
      </Td>
      <Td isNumber className="hidden sm:table-cell">
        <Tooltip text={decimal(line.quantity)}>
          <span>{decimal(line.quantity, QUANTITY_DIGITS)}</span>
        </Tooltip>
      </Td>
      <Td isNumber className="hidden sm:table-cell">
        <Tooltip text={rate}>
          <span>{money(line.price, line.priceCurrency)}</span>
        </Tooltip>
      </Td>
      <Td isNumber className="hidden lg:table-cell">
        <Signed amount={day}>{percentPoints(day)}</Signed>
      </Td>
      <Td isNumber className="font-medium">
        {line.value === null ? (
          <Unpriced line={line} onMap={onMap} />
        ) : (
          <>
            {money(line.value, null)}
            <span className="block text-xs font-normal text-faint sm:hidden">{decimal(line.quantity, QUANTITY_DIGITS)}</span>
          </>
        )}
      </Td>
      <Td isNumber className="hidden text-faint lg:table-cell">
        {percent(share, false)}
      </Td>
      <Td isNumber className="hidden text-faint sm:table-cell">
        {line.stale ? (
          <Tooltip text={toldIf(line.remark)}>
            <span>
              <Badge tone="warn">
                <Ago at={line.asOf} />
              </Badge>
            </span>
          </Tooltip>
        ) : (
          <Ago at={line.asOf} />
        )}
      </Td>
    </Tr>
  );
}

function Asset({ line }: { line: HoldingLine }) {
  const { t } = useI18n();
  const about = line.name ?? (line.side === "short" ? t("portfolio.short") : null);
  return (
    <>
      {line.instrument ? (
        <Link href={`/prices/${encodeURIComponent(line.instrument)}`} className="font-medium hover:underline">
          {line.asset}
        </Link>
      ) : (
        <span className="font-medium">{line.asset}</span>
      )}
      {about && <span className="ml-2 text-faint">{about}</span>}
      <span className="block text-xs text-faint md:hidden">
        {line.label}
        {line.stale && <span className="text-warn"> · {t("portfolio.stale")}</span>}
      </span>
    </>
  );
}

function Unpriced({ line, onMap }: { line: HoldingLine; onMap: () => void }) {
  const { t } = useI18n();
  return (
    <Tooltip text={toldIf(line.remark)}>
      <span className="inline-flex flex-wrap items-center justify-end gap-x-2 gap-y-1">
        <Badge tone="warn">{t("portfolio.unpriced")}</Badge>
        {line.instrument === null && (
          <button type="button" onClick={onMap} className="text-[13px] font-normal text-accent hover:underline">
            {t("portfolio.unpriced.choose")}
          </button>
        )}
      </span>
    </Tooltip>
  );
}
