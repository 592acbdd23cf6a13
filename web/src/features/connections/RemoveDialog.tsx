import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useProvider } from "./providers";
import { navigate } from "@/app/router";
import { useNotices } from "@/app/notices";
import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Fault } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";
import { isMirror } from "@/lib/roles";

type Rows = "keep" | "delete";

/**
 * Asks what becomes of its data; keeping it is what happens unless told otherwise. What a mirror has copied is not ours to
 * ask about: it stays where it is.
 */
export function RemoveDialog({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const { tOf, told } = useI18n();
  const t = tOf(connection.role);
  const provider = useProvider(connection.provider);
  const tell = useNotices();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const [rows, setRows] = useState<Rows>("keep");
  const remove = useMutation({
    mutationFn: () => client.send("DELETE", `/api/connections/${connection.id}?rows=${rows}`),
    onSuccess: async () => {
      tell(t("remove.done", { label: connection.label }));
      onClose();
      navigate("/connections", { replace: true });
      await queries.invalidateQueries({ queryKey: keys.live });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t("remove.title", { label: connection.label })}
      text={t(isMirror(connection) ? "mirrors.remove.text" : "remove.text")}
      actions={
        <>
          <Button size="medium" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="danger" size="medium" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {t("common.remove")}
          </Button>
        </>
      }
    >
      {isMirror(connection) ? (
        <p>{t("mirrors.remove.stay", { provider: provider ? told(provider.name) : connection.provider })}</p>
      ) : (
        <fieldset className="space-y-1">
          <legend className="sr-only">{t("remove.title", { label: connection.label })}</legend>
          {(["keep", "delete"] as const).map((value) => (
            <label key={value} className="-mx-2 flex cursor-pointer gap-3 rounded-md px-2 py-2 hover:bg-hover">
              <input
                type="radio"
                name="rows"
                className="mt-0.5 size-4 accent-accent"
                checked={rows === value}
                onChange={() => setRows(value)}
              />
              <span>
                <span className="font-medium">{t(`remove.${value}`)}</span>
                <span className="block text-[13px] text-faint">{t(`remove.${value}.help`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {remove.error && <Fault error={remove.error} className="mt-3" />}
    </Dialog>
  );
}
