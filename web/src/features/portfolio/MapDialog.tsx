import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useNotices } from "@/app/notices";
import type { HoldingLine, Listing } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Input";
import { Fault } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

/** The user says what a holding is; nobody guesses. */
export function MapDialog({ line, onClose }: { line: HoldingLine; onClose: () => void }) {
  const { t } = useI18n();
  const tell = useNotices();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const [instrument, setInstrument] = useState("");
  const map = useMutation({
    mutationFn: () =>
      client.send<Listing>("PUT", "/api/listings", { provider: line.provider, nativeSymbol: line.asset, instrument }),
    onSuccess: async (listing) => {
      tell(t("map.done", { asset: line.asset, instrument: listing.instrumentId ?? instrument }));
      onClose();
      await queries.invalidateQueries({ queryKey: keys.live });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    map.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t("map.title", { asset: line.asset })}
      text={t("map.text", { provider: line.label, asset: line.asset })}
      actions={
        <>
          <Button size="medium" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="primary" size="medium" type="submit" form="map" disabled={map.isPending || !instrument.trim()}>
            {t("common.save")}
          </Button>
        </>
      }
    >
      <form id="map" onSubmit={submit} className="space-y-4">
        <Field label={t("map.instrument")} isRequired>
          {(attributes) => (
            <Input
              {...attributes}
              value={instrument}
              placeholder={t("map.placeholder")}
              onChange={(event) => setInstrument(event.target.value)}
            />
          )}
        </Field>
        {map.error && <Fault error={map.error} />}
      </form>
    </Dialog>
  );
}
