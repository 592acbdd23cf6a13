import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";

interface Notice {
  id: number;
  text: string;
  detail?: string;
  isFault: boolean;
}

type Tell = (text: string, options?: { detail?: string; isFault?: boolean }) => void;

const Context = createContext<Tell>(() => undefined);
const SHOWN_MILLIS = 6000;
const FAULT_SHOWN_MILLIS = 15_000;
const SHOWN_MAX = 3;

/** Says what happened, in a corner where it covers no button, and leaves by itself. */
export function NoticesProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const dismiss = useCallback((id: number) => setNotices((now) => now.filter((one) => one.id !== id)), []);
  const tell = useCallback<Tell>((text, { detail, isFault = false } = {}) => {
    setNotices((now) => [...now.slice(1 - SHOWN_MAX), { id: Date.now() + Math.random(), text, detail, isFault }]);
  }, []);
  const value = useMemo(() => tell, [tell]);
  return (
    <Context value={value}>
      {children}
      <div
        aria-live="polite"
        className="pointer-events-none fixed inset-x-3 bottom-3 z-60 flex flex-col items-end gap-2 sm:left-auto sm:w-96"
      >
        {notices.map((notice) => (
          <NoticeLine key={notice.id} notice={notice} onDismiss={() => dismiss(notice.id)} />
        ))}
      </div>
    </Context>
  );
}

export function useNotices(): Tell {
  return useContext(Context);
}

function NoticeLine({ notice, onDismiss }: { notice: Notice; onDismiss: () => void }) {
  const { t } = useI18n();
  useEffect(() => {
    const timer = setTimeout(onDismiss, notice.isFault ? FAULT_SHOWN_MILLIS : SHOWN_MILLIS);
    return () => clearTimeout(timer);
    // A notice never changes; only its first drawing starts the time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const Icon = notice.isFault ? CircleAlert : CircleCheck;
  return (
    <div className="pointer-events-auto flex w-full animate-rise gap-3 rounded-lg border border-line bg-raised px-4 py-3 shadow-xl">
      <Icon className={cn("mt-0.5 size-4 shrink-0", notice.isFault ? "text-bad" : "text-good")} aria-hidden />
      <div className="min-w-0 flex-1 break-words">
        <p className="font-medium">{notice.text}</p>
        {notice.detail && <p className="mt-0.5 text-[13px] whitespace-pre-line text-soft">{notice.detail}</p>}
      </div>
      <button type="button" onClick={onDismiss} aria-label={t("common.dismiss")} className="h-5 text-faint hover:text-ink">
        <X className="size-4" />
      </button>
    </div>
  );
}
