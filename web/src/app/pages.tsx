import { ArrowLeftRight, Cable, ChartCandlestick, ChartPie, Database, Files, Settings, type LucideIcon } from "lucide-react";
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { Key } from "@/i18n/translate";

export interface PageProps {
  /** What stands behind the page's own path, decoded. */
  rest: string[];
}

interface Page {
  path: string;
  label: Key;
  icon: LucideIcon;
  load: () => Promise<{ default: ComponentType<PageProps> }>;
}

export interface LazyPage extends Page {
  /** Its code if it is there already. A lazy component would stand for it for 300 ms more: React holds back what it awaited. */
  loaded: () => ComponentType<PageProps> | undefined;
  lazy: LazyExoticComponent<ComponentType<PageProps>>;
}

const ALL: readonly Page[] = [
  { path: "/", label: "nav.portfolio", icon: ChartPie, load: () => import("@/features/portfolio/PortfolioPage") },
  { path: "/prices", label: "nav.prices", icon: ChartCandlestick, load: () => import("@/features/prices/PricesPage") },
  { path: "/connections", label: "nav.connections", icon: Cable, load: () => import("@/features/connections/ConnectionsPage") },
  { path: "/runs", label: "nav.runs", icon: ArrowLeftRight, load: () => import("@/features/runs/RunsPage") },
  { path: "/trade-logs", label: "nav.tradelogs", icon: Files, load: () => import("@/features/tradelogs/TradeLogsPage") },
  { path: "/query", label: "nav.query", icon: Database, load: () => import("@/features/query/QueryPage") },
  { path: "/settings", label: "nav.settings", icon: Settings, load: () => import("@/features/settings/SettingsPage") },
];

/** In the order of the sidebar. Each page is loaded when it is about to be seen. */
export const PAGES: readonly LazyPage[] = ALL.map((page) => {
  let loaded: ComponentType<PageProps> | undefined;
  const load = async () => {
    const code = await page.load();
    loaded = code.default;
    return code;
  };
  return { ...page, load, loaded: () => loaded, lazy: lazy(load) };
});

export function findPage(path: string): { page: LazyPage; rest: string[] } | null {
  const [, first = "", ...rest] = path.split("/");
  const page = PAGES.find((one) => one.path === `/${first}`);
  if (!page || (page.path === "/" && rest.length > 0)) return null;
  return { page, rest: rest.filter(Boolean).map(decode) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
