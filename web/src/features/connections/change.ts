import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNotices } from "@/app/notices";
import { ApiError } from "@/api/client";
import type { Connection, ConnectionEdit } from "@/api/types";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

/** Changes one at once on screen; what the server refuses goes back, with its reason. */
export function useChange(connection: Connection) {
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const tell = useNotices();
  const { t, told } = useI18n();
  return useMutation({
    mutationFn: (edit: ConnectionEdit) => client.send<Connection>("PATCH", `/api/connections/${connection.id}`, edit),
    onSuccess: (changed) => {
      queries.setQueryData<readonly Connection[]>(keys.connections, (all) =>
        all?.map((one) => (one.id === changed.id ? changed : one)),
      );
    },
    onError: (error) => {
      const detail = error instanceof ApiError ? told(error.hint) : undefined;
      tell(t("connections.refused", { message: told(error.message) }), { detail, isFault: true });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.connections }),
  });
}
