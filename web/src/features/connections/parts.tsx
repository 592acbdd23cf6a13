import { choices, isSecret } from "./fields";
import type { Connection, Provider, ProviderSetting } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Panel } from "@/components/ui/Panel";
import { Table, Td, Th, Tr } from "@/components/ui/Table";
import { Ago, Until } from "@/components/ui/Time";
import { Told, toldIf } from "@/components/ui/Told";
import { OutcomeBadge } from "@/features/runs/OutcomeBadge";
import { ITEM_TONES } from "@/features/runs/tones";
import { useI18n } from "@/i18n/I18n";
import { isMirror } from "@/lib/roles";

/** Its datasets, each with its own times and its own trouble. */
export function Streams({ connection, provider }: { connection: Connection; provider: Provider | undefined }) {
  const t = useI18n().tOf(connection.role);
  return (
    <Table label={t("connection.streams")}>
      <thead>
        <tr>
          <Th>{t("connection.col.stream")}</Th>
          <Th>{t("connection.col.outcome")}</Th>
          {!isMirror(connection) && <Th className="hidden sm:table-cell">{t("connection.col.asof")}</Th>}
          <Th>{t("connection.col.success")}</Th>
          <Th className="hidden sm:table-cell">{t("connection.col.due")}</Th>
        </tr>
      </thead>
      <tbody>
        {connection.streams.map((stream) => (
          <Tr key={stream.name}>
            <Td>
              <span className="font-medium">
                <Told text={stream.name} />
              </span>
              <span className="hidden text-[13px] text-faint md:block">
                {toldIf(provider?.streams.find((one) => one.name === stream.name)?.summary)}
              </span>
              {stream.error && (connection.streams.length > 1 || stream.error !== connection.lastSyncError) && (
                <span className="mt-1 block max-w-prose text-[13px] break-words text-bad">
                  <Told text={stream.error} />
                </span>
              )}
            </Td>
            <Td>
              {stream.outcome && <OutcomeBadge outcome={stream.outcome} />}
              {stream.failures > 0 && (
                <span className="block text-[13px] text-faint">{t("connection.failures", { count: stream.failures })}</span>
              )}
            </Td>
            {!isMirror(connection) && (
              <Td className="hidden whitespace-nowrap text-soft sm:table-cell">{stream.asOf ? <Ago at={stream.asOf} /> : "–"}</Td>
            )}
            <Td className="whitespace-nowrap text-soft">
              {stream.lastSuccess ? <Ago at={stream.lastSuccess} /> : t("connections.never")}
            </Td>
            <Td className="hidden whitespace-nowrap text-soft sm:table-cell">
              {stream.nextDue && connection.syncEnabled ? <Until at={stream.nextDue} /> : "–"}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** What keeps its last good data, since when and why. */
export function Gaps({ connection }: { connection: Connection }) {
  const { tOf, told } = useI18n();
  const t = tOf(connection.role);
  return (
    <Table label={t("connection.gaps")}>
      <tbody>
        {connection.gaps.map((gap) => (
          <Tr key={`${gap.stream} ${gap.item}`}>
            <Td>
              <span className="font-medium">{gap.item}</span> <span className="text-faint">{told(gap.stream)}</span>
            </Td>
            <Td>
              <Badge tone={ITEM_TONES[gap.status]}>{t(`item.${gap.status}`)}</Badge>
            </Td>
            <Td className="min-w-52 break-words text-soft">
              <Told text={gap.reason} />
            </Td>
            <Td isNumber className="text-faint">
              <Ago at={gap.since} />
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** How it is set up; of secrets only whether they are there. Nothing where everything is as it is by default. */
export function Settings({ connection, provider }: { connection: Connection; provider: Provider }) {
  const { t, told, ago } = useI18n();
  const shown = (setting: ProviderSetting) => {
    const { key } = setting;
    const value = connection.settings[key];
    if (!isSecret(setting)) return value && choices(setting) ? told(value) : value;
    const credential = connection.credentials[key];
    if (!credential?.set) return t("connection.secret.unset");
    return credential.setAt ? t("connection.secret.set", { when: ago(credential.setAt, Date.now()) }) : "•••";
  };
  const rows = provider.settings
    .map((setting) => [told(setting.label), shown(setting)] as const)
    .filter(([, value]) => value);
  if (rows.length === 0) return null;
  return (
    <Panel className="mt-5" title={t("connection.settings")}>
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[12rem_1fr]">
        {rows.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-faint">{label}</dt>
            <dd className="-mt-1.5 break-words sm:mt-0">{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
