import { Suspense, useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Boundary } from "./Boundary";
import { Offline } from "./Offline";
import { findPage, type LazyPage } from "./pages";
import { Link, useLocation } from "./router";
import { Sidebar } from "./Sidebar";
import { SignIn } from "./SignIn";
import { useSyncNotices } from "./SyncArea";
import { TopBar } from "./TopBar";
import { ApiError } from "@/api/client";
import type { Session } from "@/api/types";
import { buttonLook } from "@/components/ui/Button";
import { Empty, Skeleton } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

const COLLAPSED = "foliosync.collapsed";

export function App() {
  const { t } = useI18n();
  const queries = useQueryClient();
  const session = useSession();
  useSyncNotices();
  const [isCollapsed, setCollapsed] = useState(() => localStorage.getItem(COLLAPSED) === "yes");
  const collapse = (collapsed: boolean) => {
    localStorage.setItem(COLLAPSED, collapsed ? "yes" : "no");
    setCollapsed(collapsed);
  };
  if (session.error instanceof ApiError && session.error.status === 401) {
    return <SignIn onRetry={() => void queries.invalidateQueries()} />;
  }
  return (
    <div className="min-h-dvh md:flex">
      <a
        href="#content"
        className="sr-only z-60 rounded-md bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {t("nav.skip")}
      </a>
      <Sidebar isCollapsed={isCollapsed} onCollapse={collapse} />
      <TopBar />
      <main id="content" tabIndex={-1} className="min-w-0 flex-1 px-4 py-5 outline-none sm:px-6 lg:px-8 lg:py-7">
        <div className="mx-auto max-w-6xl">
          <Page />
        </div>
      </main>
      <Offline />
    </div>
  );
}

/** Asked now and then, so that an ended session shows at once. */
export function useSession() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: [...keys.live, "session"],
    queryFn: ({ signal }) => client.get<Session>("/api/session", signal),
  });
}

/** Stays with the component that it began with, since another one would begin anew. */
function Shown({ page, rest }: { page: LazyPage; rest: string[] }) {
  const [Component] = useState(() => page.loaded() ?? page.lazy);
  return <Component rest={rest} />;
}

function Page() {
  const { t } = useI18n();
  const { path } = useLocation();
  const found = findPage(path);
  if (!found) {
    const home = (
      <Link href="/" className={buttonLook()}>
        {t("missing.home")}
      </Link>
    );
    return <Empty title={t("missing.title")} text={t("missing.text")} action={home} />;
  }
  const { page, rest } = found;
  return (
    <Boundary key={page.path}>
      <Suspense fallback={<Skeleton className="h-8 w-44" />}>
        <Shown page={page} rest={rest} />
      </Suspense>
    </Boundary>
  );
}
