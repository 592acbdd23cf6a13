import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "@/api/client";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";
import { Button } from "./Button";
import { Told } from "./Told";

/** Holds the place of what is still loading, so that nothing jumps. */
export function Skeleton({ className }: { className?: string }) {
  return <div className={cn("animate-pulse rounded bg-line", className)} aria-hidden />;
}

export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  const { t } = useI18n();
  return (
    <div className="space-y-3 p-4" role="status" aria-label={t("common.loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className="h-5" />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  className?: string;
}

export function Empty({ icon, title, text, action, className }: EmptyProps) {
  return (
    <div className={cn("flex flex-col items-center px-6 py-12 text-center", className)}>
      {icon && <div className="mb-3 text-faint [&_svg]:size-7">{icon}</div>}
      <p className="font-medium">{title}</p>
      {text && <div className="mt-1 max-w-md text-soft text-balance">{text}</div>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  );
}

/** What failed, in the server's words, and what to do about it. */
export function Fault({ error, onRetry, className }: { error: Error; onRetry?: () => void; className?: string }) {
  const { t } = useI18n();
  const hint = error instanceof ApiError ? error.hint : "";
  return (
    <div role="alert" className={cn("flex gap-3 rounded-md bg-bad-soft px-3 py-2.5 text-bad", className)}>
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 break-words">
        <p className="font-medium">
          <Told text={error.message} />
        </p>
        {hint && (
          <p className="mt-0.5 text-[13px] text-ink">
            <Told text={hint} />
          </p>
        )}
      </div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          {t("common.retry")}
        </Button>
      )}
    </div>
  );
}
