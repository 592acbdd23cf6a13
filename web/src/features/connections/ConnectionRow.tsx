import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useChange } from "./change";
import { intervals, intervalText } from "./interval";
import { LastRun } from "./LastRun";
import { useProvider } from "./providers";
import { StaleBadge, StatusBadge } from "./StatusBadge";
import { SyncOne } from "./SyncOne";
import { Trouble } from "./Trouble";
import { Link } from "@/app/router";
import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Select } from "@/components/ui/Input";
import { Menu } from "@/components/ui/Menu";
import { Switch } from "@/components/ui/Switch";
import { Ago, Until } from "@/components/ui/Time";
import { useI18n } from "@/i18n/I18n";

interface Props {
  connection: Connection;
  onEdit: () => void;
  onRemove: () => void;
}

export function ConnectionRow({ connection, onEdit, onRemove }: Props) {
  const i18n = useI18n();
  const { told } = i18n;
  const t = i18n.tOf(connection.role);
  const { label, lastSyncAt, nextAttemptAt, syncEnabled, syncIntervalMin } = connection;
  const provider = useProvider(connection.provider);
  const name = provider && told(provider.name);
  const change = useChange(connection);
  return (
    <li className="border-b border-line px-4 py-3.5 last:border-0" data-testid={`connection-${connection.id}`}>
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 lg:grid-cols-[minmax(0,1fr)_11.5rem_6.5rem_6rem_6.5rem_2.5rem_5rem]">
        <div className="contents lg:block lg:min-w-0">
          <Link href={`/connections/${connection.id}`} className="min-w-0 font-medium hover:underline">
            {label}
          </Link>
          <p className="order-1 col-span-2 -mt-1.5 text-[13px] text-faint lg:mt-0">
            {[name !== label && name, connection.owner].filter(Boolean).map((text) => `${text} · `)}
            <LastRun connection={connection} />
          </p>
        </div>
        <div className="flex flex-wrap justify-end gap-1.5 lg:justify-start">
          <StatusBadge connection={connection} />
          <StaleBadge freshness={connection.freshness} role={connection.role} />
        </div>
        <div className="order-2 col-span-2 flex flex-wrap items-center gap-x-4 gap-y-2 text-[13px] text-soft lg:contents">
          <p className="whitespace-nowrap">
            <span className="text-faint lg:hidden">{t("connections.col.last")}{t("common.colon")} </span>
            {lastSyncAt ? <Ago at={lastSyncAt} /> : t("connections.never")}
          </p>
          <p className="whitespace-nowrap">
            <span className="text-faint lg:hidden">{t("connections.col.next")}{t("common.colon")} </span>
            {syncEnabled && nextAttemptAt ? <Until at={nextAttemptAt} /> : "–"}
          </p>
          {/* On narrow screens what is told and what is done have a line each. */}
          <span className="w-full lg:hidden" aria-hidden />
          <Select
            isSmall
            aria-label={t("connections.every.of", { label })}
            value={change.isPending && change.variables.syncIntervalMin ? change.variables.syncIntervalMin : syncIntervalMin}
            onChange={(event) => change.mutate({ syncIntervalMin: Number(event.target.value) })}
          >
            {intervals(provider, syncIntervalMin).map((minutes) => (
              <option key={minutes} value={minutes}>
                {intervalText(minutes, i18n)}
              </option>
            ))}
          </Select>
          <Switch
            label={t("connections.auto.of", { label })}
            isOn={change.isPending ? (change.variables.syncEnabled ?? syncEnabled) : syncEnabled}
            onChange={(isOn) => change.mutate({ syncEnabled: isOn })}
          />
          <div className="ml-auto flex gap-1">
            <SyncOne connection={connection} />
            <Menu
              items={[
                { label: t("common.edit"), icon: <Pencil />, onSelect: onEdit },
                { label: t("common.remove"), icon: <Trash2 />, onSelect: onRemove, isDanger: true },
              ]}
            >
              <Button look="ghost" size="icon" aria-label={t("connections.more.of", { label })}>
                <Ellipsis className="size-4" aria-hidden />
              </Button>
            </Menu>
          </div>
        </div>
      </div>
      <Trouble connection={connection} />
    </li>
  );
}
