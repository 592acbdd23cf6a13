import type { Block } from "./data";
import { VerdictBadge } from "./VerdictBadge";
import { Link } from "@/app/router";
import type { BlockReport } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Panel } from "@/components/ui/Panel";
import { Signed } from "@/components/ui/Signed";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { Ago } from "@/components/ui/Time";
import { Told } from "@/components/ui/Told";
import { Tooltip } from "@/components/ui/Tooltip";
import { useConnections } from "@/hooks";
import { useI18n } from "@/i18n/I18n";

interface Props {
  blocks: readonly Block[];
  reports: readonly BlockReport[] | undefined;
  className?: string;
}

export function Blocks({ blocks, reports, className }: Props) {
  const { t } = useI18n();
  return (
    <Panel isFlush title={t("tradelogs.blocks")} className={className}>
      <Table label={t("tradelogs.blocks")}>
        <thead>
          <tr>
            <Th>{t("tradelogs.col.block")}</Th>
            <Th className="hidden md:table-cell">{t("tradelogs.col.files")}</Th>
            <Th>{t("tradelogs.col.verify")}</Th>
            <Th isNumber className="hidden sm:table-cell">{t("tradelogs.col.rejected")}</Th>
            <Th isNumber>{t("tradelogs.col.pl")}</Th>
            <Th isNumber className="hidden lg:table-cell">{t("tradelogs.col.last")}</Th>
            <Th isNumber className="hidden sm:table-cell">{t("tradelogs.col.synced")}</Th>
          </tr>
        </thead>
        <tbody>
          {blocks.map((block) => (
            <BlockRow
              key={`${block.connection} ${block.blockId}`}
              block={block}
              report={reports?.find((one) => one.connection === block.connection && one.blockId === block.blockId)}
            />
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}

function BlockRow({ block, report }: { block: Block; report: BlockReport | undefined }) {
  const { t, count, decimal, day } = useI18n();
  const { connections } = useConnections();
  const connection = connections?.find((one) => one.id === block.connection);
  const gap = connection?.gaps.find((one) => one.item === block.blockId);
  const rejected = block.files.reduce((all, file) => all + file.rejected, 0);
  const rows = block.files.map((file) => `${file.name}: ${count(file.rows)}`).join("\n");
  return (
    <Tr>
      <Td>
        <Link
          href={`/trade-logs/${block.connection}/${encodeURIComponent(block.blockId)}`}
          className="font-medium hover:underline"
        >
          {block.blockId}
        </Link>
        {gap && (
          <Tooltip text={<Told text={gap.reason} />}>
            <span className="ml-2">
              <Badge tone="warn">{t("tradelogs.stale")}</Badge>
            </span>
          </Tooltip>
        )}
        <span className="block text-xs text-faint">{connection?.label}</span>
      </Td>
      <Td className="hidden text-soft md:table-cell">
        <Tooltip text={<span className="whitespace-pre-line">{rows}</span>}>
          <span>{block.files.map((file) => file.name).join(", ")}</span>
        </Tooltip>
      </Td>
      <Td>{report && <VerdictBadge report={report} />}</Td>
      <Td isNumber className="hidden sm:table-cell">
        {rejected > 0 ? <Badge tone="warn">{count(rejected)}</Badge> : <span className="text-faint">0</span>}
      </Td>
      <Td isNumber className="font-medium">
        <Signed amount={block.pl}>{decimal(block.pl, 2, 2)}</Signed>
      </Td>
      <Td isNumber className="hidden text-soft lg:table-cell">{block.last ? day(block.last) : "–"}</Td>
      <Td isNumber className="hidden text-faint sm:table-cell">
        <Ago at={block.syncedAt} />
      </Td>
    </Tr>
  );
}
