import { LoaderCircle } from "lucide-react";
import { OUTCOME_TONES } from "./tones";
import type { Outcome } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { useI18n } from "@/i18n/I18n";

/** Without an outcome it still runs. */
export function OutcomeBadge({ outcome }: { outcome: Outcome | null }) {
  const { t } = useI18n();
  if (outcome === null) {
    return (
      <Badge tone="accent" icon={<LoaderCircle className="animate-spin" aria-hidden />}>
        {t("outcome.running")}
      </Badge>
    );
  }
  return <Badge tone={OUTCOME_TONES[outcome]}>{t(`outcome.${outcome}`)}</Badge>;
}
