import { CircleAlert, CircleCheck, CircleDashed, Clock, LoaderCircle, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Connection, ConnectionStatus, Freshness, Role } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";

const LOOKS: Record<ConnectionStatus, { tone: Tone; icon: ReactNode }> = {
  CONNECTED: { tone: "good", icon: <CircleCheck aria-hidden /> },
  SYNCING: { tone: "accent", icon: <LoaderCircle className="animate-spin" aria-hidden /> },
  ERROR: { tone: "bad", icon: <TriangleAlert aria-hidden /> },
  NEEDS_ATTENTION: { tone: "warn", icon: <CircleAlert aria-hidden /> },
  DISCONNECTED: { tone: "plain", icon: <CircleDashed aria-hidden /> },
};

/** The connection's state; its tooltip tells it stream by stream. */
export function StatusBadge({ connection }: { connection: Connection }) {
  const t = useI18n().tOf(connection.role);
  const { tone, icon } = LOOKS[connection.status];
  return (
    <Tooltip text={<StreamsInShort connection={connection} />}>
      <span data-testid="status">
        <Badge tone={tone} icon={icon}>
          {t(`status.${connection.status}`)}
        </Badge>
      </span>
    </Tooltip>
  );
}

/** Only there once something is older than it may be. */
export function StaleBadge({ freshness, role }: { freshness: Freshness; role?: Role }) {
  const t = useI18n().tOf(role);
  if (freshness !== "stale") return null;
  return (
    <Tooltip text={t("freshness.stale.help")}>
      <span data-testid="stale">
        <Badge tone="warn" icon={<Clock aria-hidden />}>
          {t("freshness.stale")}
        </Badge>
      </span>
    </Tooltip>
  );
}

function StreamsInShort({ connection }: { connection: Connection }) {
  const { t, told, instant } = useI18n();
  return (
    <span className="grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5">
      {connection.streams.map((stream) => (
        <span key={stream.name} className="contents">
          <span>{told(stream.name)}</span>
          <span className="tnum text-right">{stream.lastSuccess ? instant(stream.lastSuccess) : t("connections.never")}</span>
        </span>
      ))}
    </span>
  );
}
