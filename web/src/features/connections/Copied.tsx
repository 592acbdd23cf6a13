import type { Run } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Panel } from "@/components/ui/Panel";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { toldIf } from "@/components/ui/Told";
import { lastOfEach, useRunEvents } from "@/features/runs/events";
import { ITEM_TONES } from "@/features/runs/tones";
import { useI18n } from "@/i18n/I18n";

/** What became of each table in a run of a mirror, and of what people added there; nothing where it came to none. */
export function Copied({ run }: { run: Run }) {
  const t = useI18n().tOf("mirror");
  const { data: events } = useRunEvents(run.id, run.finishedAt === null);
  const items = lastOfEach(events ?? []);
  if (items.length === 0) return null;
  return (
    <Panel isFlush className="mt-5" title={t("mirrors.items")}>
      <Table label={t("mirrors.items")}>
        <thead>
          <tr>
            <Th>{t("run.col.item")}</Th>
            <Th>{t("connection.col.outcome")}</Th>
            <Th className="hidden sm:table-cell">{t("mirrors.col.rows")}</Th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Tr key={`${item.stream} ${item.item}`}>
              <Td>
                <span className="font-medium break-all">{item.item}</span>
                <span className="block text-[13px] break-words text-soft sm:hidden">{toldIf(item.detail)}</span>
              </Td>
              <Td>
                <Badge tone={ITEM_TONES[item.status]}>{t(`item.${item.status}`)}</Badge>
              </Td>
              <Td className="hidden break-words text-soft sm:table-cell">{toldIf(item.detail) ?? "–"}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}
