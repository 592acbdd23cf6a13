import { useQuery } from "@tanstack/react-query";
import { useProviders } from "./providers";
import type { Connection, Quota } from "@/api/types";
import { Panel } from "@/components/ui/Panel";
import { SkeletonRows } from "@/components/ui/States";
import { Table, Td, Tr } from "@/components/ui/Table";
import { Until } from "@/components/ui/Time";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";
import type { Key } from "@/i18n/translate";
import { cn } from "@/lib/class-names";

const KNOWN_LIMITS = ["second", "minute", "hour", "day", "sapi-minute", "two-seconds", "two-seconds-of-key"];

/** What is left of each budget of requests, in the provider's own weights. */
export function Budgets({ connections }: { connections: readonly Connection[] }) {
  const { t } = useI18n();
  const { client } = useFoliosync();
  const { data } = useQuery({
    queryKey: keys.of("quotas"),
    queryFn: async ({ signal }) => (await client.get<{ quotas: Quota[] }>("/api/quotas", signal)).quotas,
  });
  const quotas = data?.filter((quota) => connections.some((one) => quota.connections.includes(one.id)));
  return (
    <Panel className="mt-6" isFlush title={t("budgets.title")}>
      <p className="px-4 pb-2 text-[13px] text-faint">{t("budgets.text")}</p>
      {!quotas ? (
        <SkeletonRows rows={3} />
      ) : quotas.length === 0 ? (
        <p className="px-4 pb-4 text-soft">{t("budgets.none")}</p>
      ) : (
        <Table label={t("budgets.title")}>
          <tbody>
            {quotas.map((quota) => (
              <Budget key={quota.scope} quota={quota} connections={connections} />
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}

function Budget({ quota, connections }: { quota: Quota; connections: readonly Connection[] }) {
  const { t, told, count, instant } = useI18n();
  const { data: providers } = useProviders();
  const name = providers?.find((one) => one.id === quota.provider)?.name ?? quota.provider;
  const labels = connections.filter((one) => quota.connections.includes(one.id)).map((one) => one.label);
  const limit = KNOWN_LIMITS.includes(quota.limit) ? t(`budgets.${quota.limit}` as Key) : quota.limit.replaceAll("-", " ");
  const left = quota.weightMax > 0 ? (quota.left / quota.weightMax) * 100 : 0;
  return (
    <Tr>
      <Td className="h-10">
        {told(name)} <span className="text-faint">{limit}</span>
        <span className="block text-[13px] text-faint sm:inline">
          <span className="hidden sm:inline"> · </span>
          {labels.join(", ")}
        </span>
      </Td>
      <Td className="hidden w-44 sm:table-cell">
        <div className="h-1.5 overflow-hidden rounded-full bg-line" aria-hidden>
          <div className={cn("h-full rounded-full", left < 10 ? "bg-warn" : "bg-accent")} style={{ width: `${left}%` }} />
        </div>
      </Td>
      <Td isNumber className="sm:w-40">{t("budgets.left", { left: count(quota.left), max: count(quota.weightMax) })}</Td>
      <Td isNumber className="hidden w-44 text-faint sm:table-cell">
        {quota.closedUntil ? (
          <span className="text-warn">{t("budgets.closed", { when: instant(quota.closedUntil) })}</span>
        ) : (
          quota.left < quota.weightMax && <Until at={quota.resetsAt} />
        )}
      </Td>
    </Tr>
  );
}
