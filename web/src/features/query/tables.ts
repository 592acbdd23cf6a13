import { useQuery } from "@tanstack/react-query";
import { ApiError, type Client } from "@/api/client";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { rowsOf } from "@/lib/sql";

export interface TableInfo {
  schema: string;
  name: string;
  columns: readonly { name: string; type: string }[];
}

/** What can be queried. */
export function useTables() {
  const { client } = useFoliosync();
  return useQuery({
    queryKey: keys.still("tables"),
    queryFn: async ({ signal }) => {
      try {
        return (await client.get<{ tables: TableInfo[] }>("/api/tables", signal)).tables;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return bySql(client);
        throw error;
      }
    },
    staleTime: 10 * 60_000,
  });
}

/** For servers that have no such route. */
async function bySql(client: Client): Promise<TableInfo[]> {
  const rows = await rowsOf<{ table_schema: string; table_name: string; column_name: string; data_type: string }>(
    client,
    `SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
     WHERE table_schema IN ('market', 'trades', 'accounts', 'sync')
     ORDER BY table_schema, table_name, ordinal_position`,
  );
  const tables = new Map<string, { schema: string; name: string; columns: { name: string; type: string }[] }>();
  for (const row of rows) {
    const key = `${row.table_schema}.${row.table_name}`;
    const table = tables.get(key) ?? { schema: row.table_schema, name: row.table_name, columns: [] };
    tables.set(key, table);
    table.columns.push({ name: row.column_name, type: shortType(row.data_type) });
  }
  return [...tables.values()];
}

const SHORT: Record<string, string> = { VARCHAR: "text", BIGINT: "integer", "TIMESTAMP WITH TIME ZONE": "instant" };

function shortType(type: string): string {
  return SHORT[type] ?? (type.startsWith("DECIMAL") ? "decimal" : type.toLowerCase());
}
