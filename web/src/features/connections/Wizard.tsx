import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { NewConnectionForm } from "./NewConnectionForm";
import { useProviders } from "./providers";
import type { Provider, Role } from "@/api/types";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { SearchInput } from "@/components/ui/Input";
import { SkeletonRows } from "@/components/ui/States";
import { Told } from "@/components/ui/Told";
import { useI18n } from "@/i18n/I18n";

interface Props {
  /** What was chosen elsewhere: a provider, or which way rows go. */
  first: string;
  onClose: () => void;
}

/** First which provider, then what it needs. Where there is but one to choose, it is chosen. */
export function Wizard({ first, onClose }: Props) {
  const { tOf } = useI18n();
  const { data: providers } = useProviders();
  const [chosen, setChosen] = useState<string | null>(first);
  const [role, setRole] = useState<Role>(first === "mirror" ? "mirror" : "source");
  const offered = providers?.filter((one) => one.role === role);
  const t = tOf(role);
  const only = offered?.length === 1 ? offered[0] : undefined;
  const provider = providers?.find((one) => one.id === chosen) ?? only;
  if (provider) {
    const back = !only && (
      <Button look="ghost" size="medium" className="mr-auto -ml-2" onClick={() => {
          setRole(provider.role);
          setChosen(null);
        }}>
        <ArrowLeft className="size-4" aria-hidden />
        {t("common.back")}
      </Button>
    );
    return <NewConnectionForm provider={provider} back={back} onClose={onClose} />;
  }
  return (
    <Dialog isOpen isWide onClose={onClose} title={t("wizard.choose")}>
      {offered ? <Choice providers={offered} filterLabel={t("wizard.filter")} onChoose={setChosen} /> : <SkeletonRows />}
    </Dialog>
  );
}

interface ChoiceProps {
  providers: readonly Provider[];
  filterLabel: string;
  onChoose: (id: string) => void;
}

function Choice({ providers, filterLabel, onChoose }: ChoiceProps) {
  const { t, told, locale } = useI18n();
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLocaleLowerCase(locale);
  const shown = providers.filter((one) => `${told(one.name)} ${one.id} ${told(one.summary)}`.toLocaleLowerCase(locale).includes(wanted));
  return (
    <>
      <SearchInput autoFocus label={filterLabel} value={filter} onChange={(event) => setFilter(event.target.value)} />
      <ul className="mt-3 divide-y divide-line">
        {shown.map((provider) => (
          <li key={provider.id}>
            <button
              type="button"
              onClick={() => onChoose(provider.id)}
              className="-mx-2 w-[calc(100%+1rem)] rounded-md px-2 py-2.5 text-left hover:bg-hover"
            >
              <span className="flex items-center gap-2 font-medium">
                {told(provider.name)}
                {provider.experimental && <Badge tone="warn">{t("common.experimental")}</Badge>}
              </span>
              <span className="mt-0.5 block text-[13px] text-soft">
                <Told text={provider.summary} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="py-6 text-center text-soft">{t("common.nothing")}</p>}
    </>
  );
}
