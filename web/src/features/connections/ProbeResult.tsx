import { CircleCheck, TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Probe, Role } from "@/api/types";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";

export function ProbeResult({ probe, role }: { probe: Probe | null; role: Role | undefined }) {
  const { tOf, told } = useI18n();
  const t = tOf(role);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone it stands below what is in sight of a long form.
    if (probe) box.current?.scrollIntoView({ block: "nearest" });
  }, [probe]);
  return (
    <div ref={box} role="status">
      {probe && (
        <p
          className={cn(
            "flex gap-2.5 rounded-md px-3 py-2.5 break-words",
            probe.ok ? "bg-good-soft text-good" : "bg-bad-soft text-bad",
          )}
        >
          {probe.ok ? (
            <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden />
          ) : (
            <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          )}
          <span className="min-w-0">{t(probe.ok ? "connection.test.ok" : "connection.test.bad", { message: told(probe.message).replace(/^it answers: /, "") })}</span>
        </p>
      )}
    </div>
  );
}
