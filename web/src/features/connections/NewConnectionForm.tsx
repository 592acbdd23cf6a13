import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { missing, split, type Values } from "./fields";
import { ProbeResult } from "./ProbeResult";
import { tryOut, tryStored } from "./probe";
import { SettingsForm } from "./SettingsForm";
import { useNotices } from "@/app/notices";
import type { Connection, NewConnection, Probe, Provider } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Fault } from "@/components/ui/States";
import { Told } from "@/components/ui/Told";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

interface Props {
  provider: Provider;
  back: ReactNode;
  onClose: () => void;
}

/** Nothing is saved before it was tried, unless the user wants it so. */
export function NewConnectionForm({ provider, back, onClose }: Props) {
  const { tOf, told } = useI18n();
  const t = tOf(provider.role);
  const tell = useNotices();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const [label, setLabel] = useState(told(provider.name));
  const [minutes, setMinutes] = useState(Math.round(provider.interval.default_secs / 60));
  const [values, setValues] = useState<Values>({});
  const [faults, setFaults] = useState<readonly string[]>([]);
  const [probe, setProbe] = useState<Probe | null>(null);

  const asked = (): NewConnection => ({
    provider: provider.id,
    label: label.trim(),
    syncIntervalMin: minutes,
    ...split(provider, values),
  });

  const test = useMutation({ mutationFn: () => tryOut(client, asked()), onSuccess: setProbe });
  const save = useMutation({
    mutationFn: async (isTested: boolean) => {
      const connection = await client.send<Connection>("POST", "/api/connections", asked());
      return { connection, probe: isTested ? null : await tryStored(client, connection.id) };
    },
    onSuccess: async ({ connection, probe: late }) => {
      if (late && !late.ok) tell(t("wizard.aftertest", { message: told(late.message) }), { isFault: true });
      else tell(t("wizard.added", { label: connection.label }));
      onClose();
      await queries.invalidateQueries({ queryKey: keys.live });
    },
  });

  const isComplete = () => {
    const empty = [...(label.trim() ? [] : ["label"]), ...missing(provider, values)];
    setFaults(empty);
    return empty.length === 0;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isComplete()) return;
    try {
      const result = await test.mutateAsync();
      // A server that cannot try it out before tries it out right after.
      if (result === null || result.ok) save.mutate(result !== null);
    } catch {
      // `test.error` is shown.
    }
  };
  const change = (key: string, value: string) => {
    setValues((now) => ({ ...now, [key]: value }));
    setFaults((now) => now.filter((one) => one !== key));
    setProbe(null);
  };

  const isBusy = test.isPending || save.isPending;
  const error = save.error ?? test.error;
  const failed = probe !== null && !probe.ok;
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={t("wizard.title", { provider: told(provider.name) })}
      text={<Told text={provider.summary} />}
      actions={
        <>
          {back}
          {failed && (
            <Button size="medium" disabled={isBusy} onClick={() => save.mutate(true)}>
              {t("wizard.anyway")}
            </Button>
          )}
          <Button look="primary" size="medium" type="submit" form="new-connection" disabled={isBusy}>
            {test.isPending ? t("wizard.testing") : save.isPending ? t("wizard.saving") : t("wizard.save")}
          </Button>
        </>
      }
    >
      <form id="new-connection" noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        <SettingsForm
          {...{ provider, label, minutes, values, faults }}
          onLabel={setLabel}
          onMinutes={setMinutes}
          onValue={change}
        />
        {provider.settings.some((setting) => setting.kind === "secret") && (
          <p className="text-[13px] text-faint">{t("wizard.secret.help")}</p>
        )}
        <ProbeResult probe={probe} role={provider.role} />
        {error && <Fault error={error} />}
      </form>
    </Dialog>
  );
}
