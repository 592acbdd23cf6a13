import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Section } from "./Section";
import { useNotices } from "@/app/notices";
import { Select } from "@/components/ui/Input";
import { Fault } from "@/components/ui/States";
import { useServerSettings, type ServerSettings } from "@/features/portfolio/currency";
import { useFoliosync, usePortfolio } from "@/hooks";
import { keys } from "@/hooks/keys";
import { useI18n } from "@/i18n/I18n";

export function BaseCurrency() {
  const { t } = useI18n();
  const tell = useNotices();
  const { client } = useFoliosync();
  const queries = useQueryClient();
  const { data: settings } = useServerSettings();
  const { portfolio } = usePortfolio();
  const save = useMutation({
    mutationFn: (baseCurrency: string) => client.send<ServerSettings>("PUT", "/api/settings", { baseCurrency }),
    onSuccess: async (changed) => {
      queries.setQueryData(keys.still("settings"), changed);
      tell(t("settings.currency.saved", { currency: changed.baseCurrency }));
      await queries.invalidateQueries({ queryKey: keys.live });
    },
  });
  const now = settings?.baseCurrency ?? portfolio?.currency;
  return (
    <Section
      title={t("settings.currency")}
      text={settings === null ? t("settings.currency.config") : t("settings.currency.help")}
      aside={
        settings ? (
          <Select
            aria-label={t("settings.currency")}
            className="w-28"
            value={save.isPending ? save.variables : settings.baseCurrency}
            onChange={(event) => save.mutate(event.target.value)}
          >
            {[...new Set([settings.baseCurrency, ...settings.currencies])].map((one) => (
              <option key={one}>{one}</option>
            ))}
          </Select>
        ) : (
          <span className="font-medium">{now}</span>
        )
      }
    >
      {save.error && <Fault error={save.error} />}
    </Section>
  );
}
