import { useMutation, useQuery } from "@tanstack/react-query";
import { Section } from "./Section";
import { useNotices } from "@/app/notices";
import type { Notification } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Ago } from "@/components/ui/Time";
import { Told } from "@/components/ui/Told";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

/** Where notices go besides this page; a server of an earlier version does not tell. */
interface Notifier {
  name: string;
  host: string;
  lastSentAt?: string | null;
  error?: string | null;
}

interface Answer {
  notifications: readonly Notification[];
  notifiers?: readonly Notifier[];
}

interface Tried {
  notifiers: readonly { name: string; ok: boolean; message: string }[];
}

const TONES: Record<Notification["kind"], Tone> = { error: "bad", needs_attention: "warn", recovered: "good" };
const SHOWN = 10;
const CONFIGURATION = 'webhook_url = "https://example.org/hook"\nntfy_url = "https://ntfy.sh/your-topic"';

export function Notifications() {
  const { t } = useI18n();
  const tell = useNotices();
  const { client } = useFoliosync();
  const { data } = useQuery({
    queryKey: keys.of("notifications"),
    queryFn: ({ signal }) => client.get<Answer>(`/api/notifications?limit=${SHOWN}`, signal),
  });
  const test = useMutation({
    mutationFn: () => client.send<Tried>("POST", "/api/notifications/test"),
    onSuccess: ({ notifiers }) =>
      notifiers.forEach((one) => tell(one.name, { detail: one.message, isFault: !one.ok })),
    onError: (error) => tell(error.message, { isFault: true }),
  });
  const targets = data?.notifiers;
  return (
    <Section
      title={t("notify.title")}
      text={t("notify.text")}
      aside={
        targets && targets.length > 0 ? (
          <Button onClick={() => test.mutate()} disabled={test.isPending}>
            {t("notify.test")}
          </Button>
        ) : undefined
      }
    >
      {targets && (
        <>
          <h3 className="text-[13px] font-medium text-faint">{t("notify.targets")}</h3>
          {targets.length === 0 && (
            <>
              <p className="mt-1 mb-2 text-soft">{t("notify.targets.none")}</p>
              <pre className="break-all whitespace-pre-wrap mb-4 rounded-md border border-line bg-ground px-3 py-2 font-mono text-xs sm:text-[13px]">
                {CONFIGURATION}
              </pre>
            </>
          )}
          <ul className="mb-4">
            {targets.map((target) => (
              <li key={`${target.name} ${target.host}`} className="py-1.5">
                <span className="font-medium">{target.name}</span> <span className="text-soft">{target.host}</span>{" "}
                <span className="text-[13px] text-faint">
                  {target.lastSentAt ? <Ago at={target.lastSentAt} /> : t("notify.never")}
                </span>
                {target.error && (
                  <span className="block text-[13px] text-bad">
                    <Told text={target.error} />
                  </span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3 className="text-[13px] font-medium text-faint">{t("notify.recent")}</h3>
      {data?.notifications.length === 0 && <p className="mt-1 text-soft">{t("notify.none")}</p>}
      <ul>
        {data?.notifications.map((one) => (
          <li key={one.id} className="flex flex-wrap gap-x-3 gap-y-1 border-b border-line py-2 last:border-0">
            <Badge tone={one.overAt ? "plain" : TONES[one.kind]} className="mt-0.5">
              {t(`notify.kind.${one.kind}`)}
            </Badge>
            <p className="order-last w-full break-words sm:order-none sm:w-auto sm:min-w-0 sm:flex-1">
              <Told text={one.message} />
            </p>
            <Ago at={one.at} className="ml-auto shrink-0 text-[13px] text-faint" />
          </li>
        ))}
      </ul>
    </Section>
  );
}
