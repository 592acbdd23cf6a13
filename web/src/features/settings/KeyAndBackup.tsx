import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { Section } from "./Section";
import { Command } from "@/app/SignIn";
import type { Vault } from "@/api/types";
import { buttonLook } from "@/components/ui/Button";
import { Badge } from "@/components/ui/Badge";
import { Skeleton } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

export function KeyAndBackup() {
  const { t } = useI18n();
  const { client } = useFoliosync();
  const { data: key } = useQuery({
    queryKey: keys.of("key"),
    queryFn: ({ signal }) => client.get<Vault>("/api/key", signal),
  });
  const isOpen = key?.state === "open";
  return (
    <>
      <Section
        title={t("key.title")}
        text={t("key.backup")}
        aside={key && <Badge tone={isOpen ? "good" : "bad"}>{t(isOpen ? "key.open" : "key.locked")}</Badge>}
      >
        {!key ? (
          <Skeleton className="h-5 w-80" />
        ) : isOpen ? (
          <p className="break-words text-soft">
            {key.keyId && key.from ? t("key.text", { id: key.keyId, from: key.from }) : t("key.text.bare")}
          </p>
        ) : (
          <p className="rounded-md bg-bad-soft px-3 py-2 break-words">{key.why}</p>
        )}
      </Section>
      <Section title={t("backup.title")} text={t("backup.text")}>
        <div className="max-w-md">
          <Command text="foliosync backup ~/foliosync-backup" />
        </div>
        <p className="mt-4 mb-2 text-soft">{t("backup.data")}</p>
        <a className={buttonLook()} href="/api/snapshot/file" download="foliosync.duckdb">
          <Download className="size-3.5" aria-hidden />
          {t("backup.download")}
        </a>
      </Section>
    </>
  );
}
