import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useNotices } from "@/app/notices";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field } from "@/components/ui/Input";
import { Fault } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

export function AddSymbols({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const tell = useNotices();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const symbols = text.split(/[\s,;]+/).filter(Boolean);
  const add = useMutation({
    mutationFn: () =>
      client.send<{ instruments: unknown[] }>("POST", "/api/instruments", {
        instruments: symbols.map((symbol) => ({ symbol })),
      }),
    onSuccess: async ({ instruments }) => {
      tell(t("addsymbols.added", { count: instruments.length }));
      onClose();
      await queries.invalidateQueries({ queryKey: keys.live });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (symbols.length > 0) add.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t("addsymbols.title")}
      actions={
        <>
          <Button size="medium" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="primary" size="medium" type="submit" form="add-symbols" disabled={add.isPending || symbols.length === 0}>
            {t("common.add")}
          </Button>
        </>
      }
    >
      <form id="add-symbols" onSubmit={submit} className="space-y-4">
        <Field label={t("addsymbols.label")} help={t("addsymbols.help")}>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={4}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="w-full rounded-md border border-line-strong bg-surface px-3 py-2 font-mono text-[13px]"
            />
          )}
        </Field>
        {add.error && <Fault error={add.error} />}
      </form>
    </Dialog>
  );
}
