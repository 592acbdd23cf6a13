import type { Block, RejectedRow, Trade } from "./data";
import type { BlockReport } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Signed } from "@/components/ui/Signed";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { Told } from "@/components/ui/Told";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";
import type { Key } from "@/i18n/translate";

const HASH_SHOWN = 12;

export function BlockFiles({ block }: { block: Block }) {
  const { t, count } = useI18n();
  return (
    <Table label={t("block.files")}>
      <thead>
        <tr>
          <Th>{t("block.col.file")}</Th>
          <Th className="hidden sm:table-cell">{t("block.col.kind")}</Th>
          <Th isNumber>{t("block.col.rows")}</Th>
          <Th isNumber>{t("block.col.rejected")}</Th>
          <Th className="hidden md:table-cell">{t("block.col.hash")}</Th>
        </tr>
      </thead>
      <tbody>
        {block.files.map((file) => {
          const hash = block.hashes[file.kind];
          return (
            <Tr key={file.name}>
              <Td className="font-medium">{file.name}</Td>
              <Td className="hidden text-soft sm:table-cell">{t(`filekind.${file.kind}` as Key)}</Td>
              <Td isNumber>{count(file.rows)}</Td>
              <Td isNumber>{file.rejected > 0 ? <Badge tone="warn">{count(file.rejected)}</Badge> : "0"}</Td>
              <Td className="hidden md:table-cell">
                {hash && (
                  <Tooltip text={<span className="font-mono break-all">{hash}</span>}>
                    <code className="font-mono text-[13px] text-faint">{hash.slice(0, HASH_SHOWN)}…</code>
                  </Tooltip>
                )}
              </Td>
            </Tr>
          );
        })}
      </tbody>
    </Table>
  );
}

export function RejectedRows({ rows }: { rows: readonly RejectedRow[] }) {
  const { t, count } = useI18n();
  return (
    <Table label={t("block.rejected")}>
      <thead>
        <tr>
          <Th className="hidden sm:table-cell">{t("block.col.file")}</Th>
          <Th isNumber className="hidden sm:table-cell">{t("block.col.line")}</Th>
          <Th>{t("block.col.reason")}</Th>
          <Th className="hidden md:table-cell">{t("block.col.raw")}</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Tr key={`${row.file} ${row.line}`}>
            <Td className="hidden whitespace-nowrap sm:table-cell">{row.file}</Td>
            <Td isNumber className="hidden sm:table-cell">{count(row.line)}</Td>
            <Td className="break-words sm:min-w-48">
              <span className="block text-[13px] break-all text-faint sm:hidden">
                {row.file}:{row.line}
              </span>
              <Told text={row.reason} />
            </Td>
            <Td className="hidden max-w-md md:table-cell">
              <code className="block truncate font-mono text-xs text-faint" title={row.raw ?? undefined}>
                {row.raw}
              </code>
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

const TONES: Record<BlockReport["checks"][number]["status"], Tone> = { holds: "good", fails: "bad", not_applicable: "plain" };

export function Checks({ report }: { report: BlockReport }) {
  const { t, told } = useI18n();
  return (
    <ul className="divide-y divide-line border-t border-line">
      {report.checks.map((check) => (
        <li key={check.name} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-2.5">
          <div className="min-w-0 flex-1 basis-72">
            <p className={check.status === "not_applicable" ? "text-faint" : undefined}>
              <Told text={check.explanation} />
            </p>
            {check.examples.map((example) => (
              <p key={`${example.date} ${example.line}`} className="tnum mt-0.5 text-[13px] text-bad">
                {t("block.check.example", { date: example.date, expected: example.expected, found: example.found })}
              </p>
            ))}
          </div>
          {check.status !== "not_applicable" && (
            <span className="tnum text-[13px] text-faint">
              {check.status === "fails"
                ? t("block.check.failed", { failed: check.failed, checked: check.checked, counted: told(check.counted) })
                : t("block.check.counted", { checked: check.checked, counted: told(check.counted) })}
            </span>
          )}
          <Badge tone={TONES[check.status]} className="w-28 justify-center">
            {t(`block.check.${check.status}`)}
          </Badge>
        </li>
      ))}
    </ul>
  );
}

export function Trades({ trades }: { trades: readonly Trade[] }) {
  const { t, day, count, decimal } = useI18n();
  return (
    <Table label={t("block.trades")}>
      <thead>
        <tr>
          <Th>{t("block.col.opened")}</Th>
          <Th className="hidden md:table-cell">{t("block.col.legs")}</Th>
          <Th className="hidden sm:table-cell">{t("block.col.reasonforclose")}</Th>
          <Th isNumber className="hidden sm:table-cell">{t("block.col.contracts")}</Th>
          <Th isNumber>{t("tradelogs.col.pl")}</Th>
        </tr>
      </thead>
      <tbody>
        {trades.map((trade, nth) => (
          <Tr key={nth}>
            <Td className="h-9 whitespace-nowrap">
              {day(trade.date_opened)} <span className="text-faint">{trade.time_opened?.slice(0, 5)}</span>
            </Td>
            <Td className="hidden h-9 max-w-lg truncate text-soft md:table-cell">{trade.legs}</Td>
            <Td className="hidden h-9 text-soft sm:table-cell">{trade.reason_for_close}</Td>
            <Td isNumber className="hidden h-9 text-soft sm:table-cell">
              {trade.num_contracts === null ? "–" : count(trade.num_contracts)}
            </Td>
            <Td isNumber className="h-9 font-medium">
              <Signed amount={trade.pl}>{decimal(trade.pl, 2, 2)}</Signed>
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}
