import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNotices } from "@/app/notices";
import type { Price } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Fault } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

export function RemoveSymbol({ price, onClose }: { price: Price; onClose: () => void }) {
  const { t } = useI18n();
  const tell = useNotices();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => client.send("DELETE", `/api/instruments/${encodeURIComponent(price.instrument)}`),
    onSuccess: async () => {
      tell(t("price.removed", { symbol: price.symbol }));
      onClose();
      await queries.invalidateQueries({ queryKey: keys.live });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t("price.remove.title", { symbol: price.symbol })}
      text={t("price.remove.text")}
      actions={
        <>
          <Button size="medium" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="danger" size="medium" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {t("price.remove")}
          </Button>
        </>
      }
    >
      {remove.error && <Fault error={remove.error} />}
    </Dialog>
  );
}
