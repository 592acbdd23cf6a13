/** Names of what is kept; everything below `live` is read again when a sync ends. */
export const keys = {
  live: ["foliosync", "live"] as const,
  status: ["foliosync", "live", "status"] as const,
  connections: ["foliosync", "live", "connections"] as const,
  of: (name: string, ...more: (string | number | null | undefined)[]) => ["foliosync", "live", name, ...more] as const,
  still: (name: string, ...more: (string | number | null)[]) => ["foliosync", "still", name, ...more] as const,
};
