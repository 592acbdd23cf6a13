import { Badge } from "@/components/ui/Badge";
import { useI18n } from "@/i18n/I18n";

/** Beside the name of what is copied to, where most are read from. */
export function MirrorBadge() {
  const { t } = useI18n();
  return <Badge>{t("mirrors.badge")}</Badge>;
}
