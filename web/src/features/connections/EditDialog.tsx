import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { missing, split, type Values } from "./fields";
import { useProvider } from "./providers";
import { SettingsForm } from "./SettingsForm";
import { useNotices } from "@/app/notices";
import type { Connection, ConnectionEdit, Provider } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Fault } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

interface Props {
  connection: Connection;
  onClose: () => void;
}

export function EditDialog(props: Props) {
  const provider = useProvider(props.connection.provider);
  return provider ? <Edit provider={provider} {...props} /> : null;
}

function Edit({ connection, provider, onClose }: Props & { provider: Provider }) {
  const t = useI18n().tOf(connection.role);
  const tell = useNotices();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const [label, setLabel] = useState(connection.label);
  const [minutes, setMinutes] = useState(connection.syncIntervalMin);
  const [values, setValues] = useState<Values>(connection.settings);
  const [faults, setFaults] = useState<readonly string[]>([]);
  const save = useMutation({
    mutationFn: () => client.send<Connection>("PATCH", `/api/connections/${connection.id}`, edit()),
    onSuccess: async (changed) => {
      tell(t("edit.saved", { label: changed.label }));
      onClose();
      await queries.invalidateQueries({ queryKey: keys.live });
    },
  });

  /** Only what is different; a setting that was emptied is sent empty. */
  function edit(): ConnectionEdit {
    const { settings, credentials } = split(provider, values);
    const changed: Values = {};
    for (const key of new Set([...Object.keys(settings), ...Object.keys(connection.settings)])) {
      if ((settings[key] ?? "") !== (connection.settings[key] ?? "")) changed[key] = settings[key] ?? "";
    }
    return {
      ...(label.trim() !== connection.label && { label: label.trim() }),
      ...(minutes !== connection.syncIntervalMin && { syncIntervalMin: minutes }),
      ...(Object.keys(changed).length > 0 && { settings: changed }),
      ...(Object.keys(credentials).length > 0 && { credentials }),
    };
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const empty = [...(label.trim() ? [] : ["label"]), ...missing(provider, values, connection)];
    setFaults(empty);
    if (empty.length === 0) save.mutate();
  };
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={t("edit.title", { label: connection.label })}
      actions={
        <>
          <Button size="medium" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="primary" size="medium" type="submit" form="edit-connection" disabled={save.isPending}>
            {save.isPending ? t("wizard.saving") : t("common.save")}
          </Button>
        </>
      }
    >
      <form id="edit-connection" noValidate onSubmit={submit} className="space-y-4">
        <SettingsForm
          {...{ provider, label, minutes, values, faults }}
          stored={connection}
          onLabel={setLabel}
          onMinutes={setMinutes}
          onValue={(key, value) => {
            setValues((now) => ({ ...now, [key]: value }));
            setFaults((now) => now.filter((one) => one !== key));
          }}
        />
        {save.error && <Fault error={save.error} />}
      </form>
    </Dialog>
  );
}
