import { Menu } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useState } from "react";
import { Brand, Navigation } from "./Sidebar";
import { LastSynced, SyncArea } from "./SyncArea";
import { Button } from "@/components/ui/Button";
import { useI18n } from "@/i18n/I18n";

/** In the sidebar's place on narrow screens. */
export function TopBar() {
  const { t } = useI18n();
  const [isOpen, setOpen] = useState(false);
  return (
    <header className="sticky top-0 z-20 flex h-13 items-center justify-between border-b border-line bg-surface px-3 md:hidden">
      <Radix.Root open={isOpen} onOpenChange={setOpen}>
        <div className="flex items-center gap-1.5">
          <Radix.Trigger asChild>
            <Button look="ghost" size="icon" aria-label={t("nav.open")}>
              <Menu className="size-5" aria-hidden />
            </Button>
          </Radix.Trigger>
          <Brand />
        </div>
        <Radix.Portal>
          <div className="fixed inset-0 z-40 bg-black/45" aria-hidden />
          <Radix.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-64 flex-col border-r border-line bg-surface shadow-2xl outline-none"
          >
            <Radix.Title className="sr-only">{t("nav.main")}</Radix.Title>
            <div className="flex h-13 items-center px-4.5">
              <Brand />
            </div>
            <Navigation onNavigate={() => setOpen(false)} />
            <div className="mt-auto border-t border-line p-4 pt-3">
              <LastSynced />
            </div>
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
      <SyncArea isCollapsed />
    </header>
  );
}
