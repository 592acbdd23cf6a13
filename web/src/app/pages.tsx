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
  component: LazyExoticComponent<ComponentType<PageProps>>;
}

/** In the order of the sidebar. Each page is loaded when it is first seen. */
export const PAGES: readonly Page[] = [
  { path: "/", label: "nav.portfolio", icon: ChartPie, component: lazy(() => import("@/features/portfolio/PortfolioPage")) },
  { path: "/prices", label: "nav.prices", icon: ChartCandlestick, component: lazy(() => import("@/features/prices/PricesPage")) },
  { path: "/connections", label: "nav.connections", icon: Cable, component: lazy(() => import("@/features/connections/ConnectionsPage")) },
  { path: "/runs", label: "nav.runs", icon: ArrowLeftRight, component: lazy(() => import("@/features/runs/RunsPage")) },
  { path: "/trade-logs", label: "nav.tradelogs", icon: Files, component: lazy(() => import("@/features/tradelogs/TradeLogsPage")) },
  { path: "/query", label: "nav.query", icon: Database, component: lazy(() => import("@/features/query/QueryPage")) },
  { path: "/settings", label: "nav.settings", icon: Settings, component: lazy(() => import("@/features/settings/SettingsPage")) },
];

export function findPage(path: string): { page: Page; rest: string[] } | null {
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
