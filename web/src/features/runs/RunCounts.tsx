import type { Role, Run } from "@/api/types";
import { useI18n } from "@/i18n/I18n";

const COUNTS = ["updated", "unchanged", "missing", "rejected", "deferred"] as const;

/** All items of a run by what became of them. */
export function RunCounts({ run, role }: { run: Run; role?: Role }) {
  const { tOf, count } = useI18n();
  const t = tOf(role);
  return (
    <span className="grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5">
      {COUNTS.map((name) => (
        <span key={name} className="contents">
          <span>{t(`item.${name}`)}</span>
          <span className="tnum text-right">{count(run[name])}</span>
        </span>
      ))}
    </span>
  );
}
