import { useQuery } from "@tanstack/react-query";
import type { TableInfo } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";

/** What can be queried. */
export function useTables() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.still("tables"),
    queryFn: async ({ signal }) => (await client.get<{ tables: TableInfo[] }>("/api/tables", signal)).tables,
    staleTime: 10 * 60_000,
  });
}
