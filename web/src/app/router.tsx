import { useEffect, useSyncExternalStore, type ComponentProps, type MouseEvent } from "react";

const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

const place = () => location.pathname + location.search;

export function navigate(to: string, options: { replace?: boolean } = {}) {
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  listeners.forEach((listener) => listener());
  if (!options.replace) scrollTo(0, 0);
}

export interface Location {
  path: string;
  params: URLSearchParams;
}

export function useLocation(): Location {
  const url = new URL(useSyncExternalStore(subscribe, place), "http://page");
  return { path: url.pathname, params: url.searchParams };
}

/** A value in the address, so that it survives a reload and can be sent to somebody. */
export function useParam(name: string): [string, (value: string) => void] {
  const { path, params } = useLocation();
  const set = (value: string) => {
    const changed = new URLSearchParams(params);
    if (value) changed.set(name, value);
    else changed.delete(name);
    const query = changed.toString();
    navigate(path + (query && `?${query}`), { replace: true });
  };
  return [params.get(name) ?? "", set];
}

export function Link({ href, onClick, ...rest }: ComponentProps<"a"> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · foliosync`;
  }, [title]);
}
