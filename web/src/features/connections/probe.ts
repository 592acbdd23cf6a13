import { ApiError, type Client } from "@/api/client";
import type { Connection, NewConnection, Probe } from "@/api/types";

/** Tries out what is not saved yet; null where the server is of a version that cannot. */
export async function tryOut(
  client: Client,
  { provider, settings, credentials, connection }: Omit<NewConnection, "label"> & { connection?: number },
): Promise<Probe | null> {
  try {
    return await client.send<Probe>("POST", "/api/connections/test", { provider, settings, credentials, connection });
  } catch (error) {
    if (error instanceof ApiError && [404, 405].includes(error.status)) return null;
    throw error;
  }
}

export function tryStored(client: Client, id: Connection["id"]): Promise<Probe> {
  return client.send<Probe>("POST", `/api/connections/${id}/test`);
}
