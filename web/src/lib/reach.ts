/** Whether the server answers, as the last request found it. */
export interface Reach {
  get(): { isReached: boolean; since: number };
  report(isReached: boolean): void;
  subscribe(listener: () => void): () => void;
}

export function createReach(now: () => number = Date.now): Reach {
  let state = { isReached: true, since: now() };
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    report(isReached) {
      if (isReached === state.isReached) return;
      state = { isReached, since: now() };
      listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
