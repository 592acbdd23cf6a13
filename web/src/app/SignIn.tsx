import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Brand } from "./Sidebar";
import { Button } from "@/components/ui/Button";
import { useI18n } from "@/i18n/I18n";

/** A command for a terminal, with a button that copies it. */
export function Command({ text }: { text: string }) {
  const { t } = useI18n();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div className="flex items-center gap-2 rounded-md border border-line bg-ground py-1 pr-1 pl-3 text-left">
      <code className="min-w-0 flex-1 font-mono text-[13px] break-words">{text}</code>
      <Button look="ghost" onClick={() => void copy().catch(() => undefined)}>
        {t(isCopied ? "signin.copied" : "signin.copy")}
      </Button>
    </div>
  );
}

export function SignIn({ onRetry }: { onRetry: () => void }) {
  const { t } = useI18n();
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-5 py-10">
      <div className="w-full max-w-sm">
        <Brand />
        <h1 className="mt-8 flex items-center gap-2.5 text-xl font-semibold tracking-tight">
          <KeyRound className="size-5 text-faint" aria-hidden />
          {t("signin.title")}
        </h1>
        <p className="mt-3 mb-4 text-soft">{t("signin.text")}</p>
        <Command text="foliosync login" />
        <p className="mt-4 text-soft">{t("signin.open")}</p>
        <Button size="medium" className="mt-6" onClick={onRetry}>
          {t("signin.again")}
        </Button>
      </div>
    </main>
  );
}
