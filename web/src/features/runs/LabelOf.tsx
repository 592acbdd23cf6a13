import { MirrorBadge } from "./MirrorBadge";
import { useConnections } from "@/hooks";
import { useI18n } from "@/i18n/I18n";
import { isMirror } from "@/lib/roles";

/** What a connection is called, which may be there no more. */
export function LabelOf({ connection: id }: { connection: number }) {
  const { t } = useI18n();
  const { connections } = useConnections();
  const connection = connections?.find((one) => one.id === id);
  if (!connection) return <span className="text-faint">{t("runs.removed", { id })}</span>;
  return (
    <>
      {connection.label} {isMirror(connection) && <MirrorBadge />}
    </>
  );
}
