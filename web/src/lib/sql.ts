import type { Client } from "@/api/client";
import type { Answer } from "@/api/types";

/** Rows of an answer by the names of their columns. */
export async function rowsOf<T>(client: Client, sql: string): Promise<T[]> {
  const answer = await client.send<Answer>("POST", "/api/query", { sql });
  const names = answer.columns.map((column) => column.name);
  return answer.rows.map((row) => Object.fromEntries(names.map((name, nth) => [name, row[nth]])) as T);
}

/** A text as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
