import { Cable, Plus } from "lucide-react";
import { useState } from "react";
import { Budgets } from "./Budgets";
import { ConnectionPage } from "./ConnectionPage";
import { ConnectionRow } from "./ConnectionRow";
import { EditDialog } from "./EditDialog";
import { Mirrors } from "./Mirrors";
import { RemoveDialog } from "./RemoveDialog";
import { Wizard } from "./Wizard";
import type { PageProps } from "@/app/pages";
import { useParam, useTitle } from "@/app/router";
import type { Connection, Role } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault, SkeletonRows } from "@/components/ui/States";
import { useConnections } from "@/hooks";
import { useI18n } from "@/i18n/I18n";
import { byRole } from "@/lib/roles";

export default function ConnectionsPage({ rest: [id] }: PageProps) {
  return id ? <ConnectionPage id={Number(id)} /> : <All />;
}

function All() {
  const { t } = useI18n();
  useTitle(t("connections.title"));
  const { connections, error } = useConnections();
  const [adding, setAdding] = useParam("add");
  const [edited, setEdited] = useState<Connection | null>(null);
  const [removed, setRemoved] = useState<Connection | null>(null);
  const { sources, mirrors } = byRole(connections ?? []);
  const rows = { onEdit: setEdited, onRemove: setRemoved };
  const add = (
    <Button look="primary" size="medium" onClick={() => setAdding("yes")}>
      <Plus className="size-4" aria-hidden />
      {t("connections.add")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("connections.title")}>{sources.length !== 0 && add}</PageHead>
      <Panel isFlush>
        {!connections ? (
          error ? <Fault error={error} className="m-4" /> : <SkeletonRows />
        ) : sources.length === 0 ? (
          <Empty icon={<Cable />} title={t("connections.none")} text={t("connections.none.text")} action={add} />
        ) : (
          <Rows connections={sources} role="source" {...rows} />
        )}
      </Panel>
      {connections && connections.length > 0 && (
        <Mirrors mirrors={mirrors} onAdd={() => setAdding("mirror")}>
          <Rows connections={mirrors} role="mirror" {...rows} />
        </Mirrors>
      )}
      {connections && sources.length > 0 && <Budgets connections={connections} />}
      {adding && <Wizard first={adding} onClose={() => setAdding("")} />}
      {edited && <EditDialog connection={edited} onClose={() => setEdited(null)} />}
      {removed && <RemoveDialog connection={removed} onClose={() => setRemoved(null)} />}
    </>
  );
}

interface RowsProps {
  connections: readonly Connection[];
  role: Role;
  onEdit: (connection: Connection) => void;
  onRemove: (connection: Connection) => void;
}

function Rows({ connections, role, onEdit, onRemove }: RowsProps) {
  return (
    <>
      <Head role={role} />
      <ul>
        {connections.map((connection) => (
          <ConnectionRow
            key={connection.id}
            connection={connection}
            onEdit={() => onEdit(connection)}
            onRemove={() => onRemove(connection)}
          />
        ))}
      </ul>
    </>
  );
}

/** Names of the columns on wide screens; each control below has its own name besides. */
function Head({ role }: { role: Role }) {
  const t = useI18n().tOf(role);
  return (
    <div
      aria-hidden
      className="hidden h-9 grid-cols-[minmax(0,1fr)_11.5rem_6.5rem_6rem_6.5rem_2.5rem_5rem] items-center gap-x-4 border-b border-line px-4 text-xs font-medium text-faint lg:grid"
    >
      <span>{t("connections.col.connection")}</span>
      <span>{t("connections.col.status")}</span>
      <span>{t("connections.col.last")}</span>
      <span>{t("connections.col.next")}</span>
      <span>{t("connections.col.every")}</span>
      <span>{t("connections.col.auto.short")}</span>
    </div>
  );
}
