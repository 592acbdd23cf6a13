import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { Section } from "./Section";
import type { Server } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Ago } from "@/components/ui/Time";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

const CHARTS = "https://www.tradingview.com/";

export function About() {
  const { t } = useI18n();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const { data: server } = useQuery({
    queryKey: keys.of("server"),
    queryFn: ({ signal }) => client.get<Server>("/api/server", signal),
  });
  const signOut = useMutation({
    mutationFn: () => client.send("DELETE", "/api/session"),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.live }),
  });
  return (
    <Section
      title={t("about.title")}
      aside={
        <Button onClick={() => signOut.mutate()}>
          <LogOut className="size-3.5" aria-hidden />
          {t("about.signout")}
        </Button>
      }
    >
      <dl className="grid grid-cols-[8rem_1fr] gap-y-2">
        <dt className="text-faint">{t("about.version")}</dt>
        <dd>foliosync {server?.version}</dd>
        <dt className="text-faint">{t("about.since")}</dt>
        <dd>{server && <Ago at={server.startedAt} />}</dd>
        <dt className="text-faint">{t("about.address")}</dt>
        <dd className="break-all">{server?.url ?? "–"}</dd>
        <dt className="text-faint">{t("about.schedules")}</dt>
        <dd>{server && t(server.schedules ? "about.schedules.on" : "about.schedules.off")}</dd>
        <dt className="text-faint">{t("about.charts")}</dt>
        <dd>
          <a href={CHARTS} rel="noreferrer" target="_blank" className="text-accent hover:underline">
            TradingView Lightweight Charts™
          </a>
        </dd>
        <dt className="text-faint">{t("about.api")}</dt>
        <dd>
          <a href="/api/openapi.json" className="text-accent hover:underline">
            OpenAPI
          </a>
        </dd>
      </dl>
    </Section>
  );
}
