import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Section } from "./Section";
import { Command } from "@/app/SignIn";
import type { NewToken, Token } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input, Select } from "@/components/ui/Input";
import { Fault } from "@/components/ui/States";
import { Ago } from "@/components/ui/Time";
import { useFoliosync } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

const SCOPES = ["read", "sync", "admin"] as const;
const TOKENS = keys.still("tokens");

export function Tokens() {
  const { t } = useI18n();
  const { client } = useFoliosync();
  const { data, error } = useQuery({
    queryKey: TOKENS,
    queryFn: async ({ signal }) => (await client.get<{ tokens: Token[] }>("/api/tokens", signal)).tokens,
  });
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<Token | null>(null);
  return (
    <Section
      title={t("tokens.title")}
      text={t("tokens.text")}
      aside={<Button onClick={() => setAdding(true)}>{t("tokens.add")}</Button>}
    >
      {error && !data && <Fault error={error} />}
      {data?.length === 0 && <p className="text-faint">{t("tokens.none")}</p>}
      <ul>
        {data?.map((token) => (
          <li key={token.id} className="flex min-h-10 items-center gap-3 border-b border-line last:border-0">
            <span className="min-w-0 flex-1 truncate font-medium">{token.label}</span>
            <Badge>{t(`scope.${token.scope}`)}</Badge>
            <Ago at={token.createdAt} className="w-20 text-right text-[13px] text-faint" />
            <Button
              look="ghost"
              size="icon"
              aria-label={t("tokens.remove.of", { label: token.label })}
              onClick={() => setRemoved(token)}
            >
              <Trash2 className="size-4" aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      {isAdding && <AddToken onClose={() => setAdding(false)} />}
      {removed && <RemoveToken token={removed} onClose={() => setRemoved(null)} />}
    </Section>
  );
}

function AddToken({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const [label, setLabel] = useState("");
  const [scope, setScope] = useState<(typeof SCOPES)[number]>("read");
  const add = useMutation({
    mutationFn: () => client.send<NewToken>("POST", "/api/tokens", { label: label.trim(), scope }),
    onSuccess: () => queries.invalidateQueries({ queryKey: TOKENS }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (label.trim()) add.mutate();
  };
  if (add.data) {
    const done = (
      <Button size="medium" onClick={onClose}>
        {t("common.close")}
      </Button>
    );
    return (
      <Dialog isOpen isWide onClose={onClose} title={add.data.label} text={t("tokens.secret")} actions={done}>
        <Command text={add.data.secret} />
      </Dialog>
    );
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t("tokens.add")}
      actions={
        <>
          <Button size="medium" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="primary" size="medium" type="submit" form="add-token" disabled={add.isPending || !label.trim()}>
            {t("tokens.add")}
          </Button>
        </>
      }
    >
      <form id="add-token" onSubmit={submit} className="space-y-4">
        <Field label={t("tokens.label")} isRequired>
          {(attributes) => <Input {...attributes} value={label} onChange={(event) => setLabel(event.target.value)} />}
        </Field>
        <Field label={t("tokens.scope")}>
          {(attributes) => (
            <Select {...attributes} value={scope} onChange={(event) => setScope(event.target.value as typeof scope)}>
              {SCOPES.map((one) => (
                <option key={one} value={one}>
                  {t(`scope.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {add.error && <Fault error={add.error} />}
      </form>
    </Dialog>
  );
}

function RemoveToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useI18n();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => client.send("DELETE", `/api/tokens/${token.id}`),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: TOKENS });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t("tokens.remove.title", { label: token.label })}
      text={t("tokens.remove.text")}
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
      {remove.error && <Fault error={remove.error} />}
    </Dialog>
  );
}
