import { useMemo, useState } from "react";
import { allocate, type AllocationBy } from "./allocation";
import type { HoldingLine } from "@/api/types";
import { Panel } from "@/components/ui/Panel";
import { Segmented } from "@/components/ui/Segmented";
import { useI18n, type I18n } from "@/i18n/I18n";
import type { Key } from "@/i18n/translate";

interface Props {
  lines: readonly HoldingLine[];
  currency: string;
  className?: string;
}

/** From the accent down to nearly the ground: one colour, told apart by its strength and by the list. */
const STRENGTHS = [100, 76, 57, 42, 30, 21, 13];

export function Allocation({ lines, currency, className }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [by, setBy] = useState<AllocationBy>("class");
  const { shares, hasNegative } = useMemo(() => allocate(lines, nameOf(by, i18n)), [lines, by, i18n]);
  const colour = (nth: number) => {
    const strength = STRENGTHS[nth] ?? STRENGTHS.at(-1);
    return `color-mix(in oklab, var(--accent) ${strength}%, var(--line))`;
  };
  const options = (["class", "asset", "connection"] as const).map((value) => ({
    value,
    label: t(`portfolio.allocation.${value}`),
  }));
  return (
    <Panel
      className={className}
      title={t("portfolio.allocation")}
      aside={<Segmented label={t("portfolio.allocation")} value={by} onChange={setBy} options={options} />}
    >
      <div className="mt-1 flex h-2.5 gap-0.5 overflow-hidden rounded-full" aria-hidden>
        {shares.map((share, nth) => (
          <div key={share.name ?? ""} className="min-w-0.5" style={{ width: `${share.width}%`, background: colour(nth) }} />
        ))}
      </div>
      <table className="mt-3 w-full">
        <caption className="sr-only">{t("portfolio.allocation")}</caption>
        <tbody>
          {shares.map((share, nth) => (
            <tr key={share.name ?? ""} className="h-7.5">
              <th scope="row" className="max-w-0 truncate pr-3 text-left font-normal">
                <span className="mr-2.5 inline-block size-2 rounded-full" style={{ background: colour(nth) }} aria-hidden />
                {share.name ?? t("portfolio.allocation.other")}
              </th>
              <td className="tnum w-28 text-right text-faint">{i18n.money(share.value, currency)}</td>
              <td className="tnum w-17 text-right font-medium">{i18n.percent(share.part, false)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hasNegative && <p className="mt-2 text-xs text-faint">{t("portfolio.allocation.negative")}</p>}
    </Panel>
  );
}

function nameOf(by: AllocationBy, { t }: I18n) {
  return (line: HoldingLine) => {
    if (by === "connection") return line.label;
    if (by === "asset") return line.asset;
    return t(`kind.${line.kind ?? "unknown"}` as Key);
  };
}
