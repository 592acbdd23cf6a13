import { ArrowLeftRight } from "lucide-react";
import { RunDays } from "./RunDays";
import { RunPage } from "./RunPage";
import { isWanted, useRunLog } from "./runs";
import { RunsTable } from "./RunsTable";
import type { PageProps } from "@/app/pages";
import { useParam, useTitle } from "@/app/router";
import type { Connection } from "@/api/types";
import { Select } from "@/components/ui/Input";
import { More } from "@/components/ui/More";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault } from "@/components/ui/States";
import { useConnections } from "@/hooks";
import { useI18n } from "@/i18n/I18n";
import { byRole } from "@/lib/roles";

const OUTCOMES = ["ok", "partial", "failed", "needsuser", "deferred", "interrupted", "running"] as const;
const TRIGGERS = ["schedule", "manual", "api", "mcp"] as const;

export default function RunsPage({ rest: [id] }: PageProps) {
  return id ? <RunPage id={Number(id)} /> : <All />;
}

function All() {
  const { t } = useI18n();
  useTitle(t("runs.title"));
  const { connections } = useConnections();
  const [connection, setConnection] = useParam("connection");
  const [outcome, setOutcome] = useParam("outcome");
  const [trigger, setTrigger] = useParam("trigger");
  const filter = { connection, outcome, trigger };
  const { data: pages, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useRunLog(filter);
  const data = pages?.pages.flat();
  const shown = data?.filter((run) => isWanted(run, filter, connections));
  const { sources, mirrors } = byRole(connections ?? []);
  const isEmpty = data?.length === 0 && !connection && !outcome && !trigger;
  return (
    <>
      <PageHead title={t("runs.title")} text={shown && shown.length > 0 && t("runs.last", { count: shown.length })}>
        {!isEmpty && (
          <>
            <Choice label={t("runs.filter.connection")} all={t("runs.filter.connection.all")} value={connection} onChange={setConnection}>
              {mirrors.length === 0 ? (
                <Labels of={sources} />
              ) : (
                <>
                  <option value="sources">{t("runs.filter.sources")}</option>
                  <option value="mirrors">{t("runs.filter.mirrors")}</option>
                  <optgroup label={t("connections.title")}>
                    <Labels of={sources} />
                  </optgroup>
                  <optgroup label={t("mirrors.title")}>
                    <Labels of={mirrors} />
                  </optgroup>
                </>
              )}
            </Choice>
            <Choice label={t("runs.filter.outcome")} all={t("runs.filter.outcome.all")} value={outcome} onChange={setOutcome}>
              {OUTCOMES.map((one) => (
                <option key={one} value={one}>
                  {t(`outcome.${one}`)}
                </option>
              ))}
            </Choice>
            <Choice label={t("runs.filter.trigger")} all={t("runs.filter.trigger.all")} value={trigger} onChange={setTrigger}>
              {TRIGGERS.map((one) => (
                <option key={one} value={one}>
                  {t(`trigger.${one}`)}
                </option>
              ))}
            </Choice>
          </>
        )}
      </PageHead>
      <Panel isFlush>
        {error && !data ? (
          <Fault error={error} className="m-4" />
        ) : isEmpty ? (
          <Empty icon={<ArrowLeftRight />} title={t("runs.none")} text={t("runs.none.text")} />
        ) : shown?.length === 0 ? (
          <Empty title={t("common.nothing")} />
        ) : (
          <RunsTable runs={shown} />
        )}
        <More {...{ hasNextPage, isFetchingNextPage, fetchNextPage }} />
      </Panel>
      {data && !hasNextPage && !outcome && !trigger && <RunDays connection={connection} />}
    </>
  );
}

function Labels({ of }: { of: readonly Connection[] }) {
  return of.map((one) => (
    <option key={one.id} value={one.id}>
      {one.label}
    </option>
  ));
}

interface ChoiceProps {
  label: string;
  /** What it says while it filters nothing. */
  all: string;
  value: string;
  onChange: (value: string) => void;
  children: React.ReactNode;
}

function Choice({ label, all, value, onChange, children }: ChoiceProps) {
  return (
    <Select isSmall aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} className="min-w-0 flex-1 basis-36 sm:w-44 sm:flex-none">
      <option value="">{all}</option>
      {children}
    </Select>
  );
}
