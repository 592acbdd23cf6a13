import type { BlockReport } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";

const TONES: Record<BlockReport["verdict"]["agreement"], Tone> = {
  agree: "good",
  different_runs: "warn",
  unknown: "plain",
};

/** What checking the block against itself came to; its tooltip says it in words. */
export function VerdictBadge({ report }: { report: BlockReport }) {
  const { t } = useI18n();
  const { agreement, text } = report.verdict;
  const failed = report.checks.filter((check) => check.status === "fails").length;
  return (
    <Tooltip text={text}>
      <span>
        {failed > 0 && agreement === "agree" ? (
          <Badge tone="warn">{t("verdict.fails", { count: failed })}</Badge>
        ) : (
          <Badge tone={TONES[agreement]}>{t(`verdict.${agreement}`)}</Badge>
        )}
      </span>
    </Tooltip>
  );
}
