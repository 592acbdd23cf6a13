import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";
import { Button } from "./Button";

interface Props {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  text?: ReactNode;
  /** Wider, for forms. */
  isWide?: boolean;
  children?: ReactNode;
  /** Buttons, the main one last. */
  actions?: ReactNode;
}

export function Dialog({ isOpen, onClose, title, text, isWide, children, actions }: Props) {
  const { t } = useI18n();
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        {/* Radix's own overlay would write a style element, which the page's policy forbids. */}
        <div className="fixed inset-0 z-40 bg-black/45" aria-hidden />
        <Radix.Content
          onOpenAutoFocus={focusFirstField}
          {...(text ? {} : { "aria-describedby": undefined })}
          className={cn(
            "fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col rounded-t-xl border border-line bg-raised shadow-2xl",
            "animate-rise sm:inset-x-4 sm:top-[7vh] sm:bottom-auto sm:mx-auto sm:max-h-[86vh] sm:rounded-xl",
            isWide ? "sm:max-w-2xl" : "sm:max-w-md",
          )}
        >
          <header className="flex items-start gap-4 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold text-balance">{title}</Radix.Title>
              {text && <Radix.Description className="mt-1 mb-1 text-soft">{text}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button look="ghost" size="icon" className="-mt-1 -mr-2" aria-label={t("common.close")}>
                <X className="size-4" />
              </Button>
            </Radix.Close>
          </header>
          {children && <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-5 pt-1 pb-4">{children}</div>}
          {actions && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{actions}</footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Who opens a form wants to fill it in, not to close it. */
function focusFirstField(event: Event) {
  const field = (event.currentTarget as HTMLElement).querySelector<HTMLElement>("input, select, textarea");
  if (!field) return;
  event.preventDefault();
  field.focus();
}
