import { useState } from "react";

export interface Sort<K extends string> {
  by: K;
  isDescending: boolean;
}

/** What is absent comes last, whichever way is sorted. */
export function sorted<T, V>(
  rows: readonly T[],
  value: (row: T) => V | null | undefined,
  compare: (a: V, b: V) => number,
  isDescending: boolean,
): T[] {
  return rows.toSorted((left, right) => {
    const [a, b] = [value(left), value(right)];
    if (a == null || b == null) return Number(a == null) - Number(b == null);
    return isDescending ? compare(b, a) : compare(a, b);
  });
}

export function useSort<K extends string>(by: K, isDescending: boolean, descendingFirst: readonly K[]) {
  const [sort, setSort] = useState<Sort<K>>({ by, isDescending });
  const onSort = (id: K) =>
    setSort((now) => ({ by: id, isDescending: now.by === id ? !now.isDescending : descendingFirst.includes(id) }));
  return { sort, onSort };
}
