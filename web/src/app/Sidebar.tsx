import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { PAGES } from "./pages";
import { Link, useLocation } from "./router";
import { SyncArea } from "./SyncArea";
import { Button } from "@/components/ui/Button";
import { Tooltip } from "@/components/ui/Tooltip";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";

interface Props {
  isCollapsed: boolean;
  onCollapse: (isCollapsed: boolean) => void;
}

export function Sidebar({ isCollapsed, onCollapse }: Props) {
  const { t } = useI18n();
  const Icon = isCollapsed ? PanelLeftOpen : PanelLeftClose;
  const label = t(isCollapsed ? "nav.expand" : "nav.collapse");
  return (
    <aside
      data-testid="sidebar"
      className={cn(
        "sticky top-0 hidden h-dvh shrink-0 flex-col border-r border-line bg-surface md:flex",
        isCollapsed ? "w-15" : "w-58",
      )}
    >
      <div className={cn("flex h-14 items-center", isCollapsed ? "justify-center" : "justify-between pr-2.5 pl-4.5")}>
        {!isCollapsed && <Brand />}
        <Tooltip text={label} side="right">
          <Button look="ghost" size="icon" aria-label={label} onClick={() => onCollapse(!isCollapsed)}>
            <Icon className="size-4" aria-hidden />
          </Button>
        </Tooltip>
      </div>
      <Navigation isCollapsed={isCollapsed} />
      <div className={cn("mt-auto border-t border-line", isCollapsed ? "py-3" : "p-4 pt-3")}>
        <SyncArea isCollapsed={isCollapsed} />
      </div>
    </aside>
  );
}

export function Brand() {
  return (
    <Link href="/" className="flex items-center gap-2 rounded text-[15px] font-semibold tracking-tight">
      <img src="/favicon.svg" alt="" className="size-5.5" />
      foliosync
    </Link>
  );
}

export function Navigation({ isCollapsed = false, onNavigate }: { isCollapsed?: boolean; onNavigate?: () => void }) {
  const { t } = useI18n();
  const { path } = useLocation();
  const isCurrent = (to: string) => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`));
  return (
    <nav aria-label={t("nav.main")} className={cn("flex flex-col gap-0.5 py-1", isCollapsed ? "items-center" : "px-2.5")}>
      {PAGES.map(({ path: to, label, icon: Icon, load }) => (
        <Tooltip key={to} text={isCollapsed && t(label)} side="right">
          <Link
            href={to}
            onClick={onNavigate}
            onPointerEnter={() => void load().catch(() => undefined)}
            aria-current={isCurrent(to) ? "page" : undefined}
            aria-label={isCollapsed ? t(label) : undefined}
            className={cn(
              "flex h-8.5 items-center rounded-md font-medium text-soft hover:bg-hover hover:text-ink",
              "aria-[current=page]:bg-hover aria-[current=page]:text-ink",
              isCollapsed ? "size-9 justify-center" : "gap-2.5 px-2.5",
            )}
          >
            <Icon className={cn("size-4", isCurrent(to) ? "text-accent" : "text-faint")} aria-hidden />
            {!isCollapsed && t(label)}
          </Link>
        </Tooltip>
      ))}
    </nav>
  );
}
