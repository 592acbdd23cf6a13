import { About } from "./About";
import { Appearance } from "./Appearance";
import { BaseCurrency } from "./BaseCurrency";
import { KeyAndBackup } from "./KeyAndBackup";
import { Notifications } from "./Notifications";
import { Tokens } from "./Tokens";
import { useTitle } from "@/app/router";
import { PageHead } from "@/components/ui/Panel";
import { useI18n } from "@/i18n/I18n";

export default function SettingsPage() {
  const { t } = useI18n();
  useTitle(t("settings.title"));
  return (
    <>
      <PageHead title={t("settings.title")} />
      <div className="max-w-3xl divide-y divide-line">
        <Appearance />
        <BaseCurrency />
        <Tokens />
        <Notifications />
        <KeyAndBackup />
        <About />
      </div>
    </>
  );
}
