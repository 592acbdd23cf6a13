import type { Role } from "@/api/types";

interface HasRole {
  role: Role;
}

/** Rows come from sources; committed rows are copied to mirrors. */
export function isMirror(one: HasRole | undefined): boolean {
  return one?.role === "mirror";
}

export function byRole<T extends HasRole>(all: readonly T[]): Record<"sources" | "mirrors", readonly T[]> {
  return { sources: all.filter((one) => !isMirror(one)), mirrors: all.filter(isMirror) };
}
