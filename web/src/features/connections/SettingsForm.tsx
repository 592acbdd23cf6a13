import { choices, isMain, isSecret, type Values } from "./fields";
import { intervals, intervalText } from "./interval";
import type { Connection, Provider, ProviderSetting } from "@/api/types";
import { Field, Input, Select } from "@/components/ui/Input";
import { Told } from "@/components/ui/Told";
import { useI18n } from "@/i18n/I18n";

interface Props {
  provider: Provider;
  label: string;
  onLabel: (label: string) => void;
  minutes: number;
  onMinutes: (minutes: number) => void;
  values: Values;
  onValue: (key: string, value: string) => void;
  /** Keys that are needed and were left empty. */
  faults: readonly string[];
  /** The one that is edited. */
  stored?: Connection;
}

/** A form made from what the provider says that it needs. */
export function SettingsForm(props: Props) {
  const i18n = useI18n();
  const { provider, label, onLabel, minutes, onMinutes, faults } = props;
  const t = i18n.tOf(provider.role);
  const main = provider.settings.filter(isMain);
  const more = provider.settings.filter((setting) => !isMain(setting));
  return (
    <div className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-[1fr_10rem]">
        <Field label={t("wizard.label")} isRequired fault={faults.includes("label") ? t("wizard.required") : null}>
          {(attributes) => <Input {...attributes} value={label} onChange={(event) => onLabel(event.target.value)} />}
        </Field>
        <Field label={t("wizard.interval")}>
          {(attributes) => (
            <Select {...attributes} value={minutes} onChange={(event) => onMinutes(Number(event.target.value))}>
              {intervals(provider, minutes).map((one) => (
                <option key={one} value={one}>
                  {intervalText(one, i18n)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {main.map((setting) => (
        <SettingField key={setting.key} setting={setting} {...props} />
      ))}
      {more.length > 0 && (
        <details className="group rounded-md border border-line">
          <summary className="rounded-md px-3 py-2 font-medium select-none hover:bg-hover">{t("wizard.more")}</summary>
          <div className="space-y-4 px-3 pt-2 pb-4">
            {more.map((setting) => (
              <SettingField key={setting.key} setting={setting} {...props} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

function SettingField({ setting, values, onValue, faults, stored }: Props & { setting: ProviderSetting }) {
  const { t, told } = useI18n();
  const value = values[setting.key] ?? "";
  const all = choices(setting);
  const isStored = isSecret(setting) && stored?.credentials[setting.key]?.set;
  const help = (
    <>
      <Told text={setting.help} />
      {isStored && `. ${t("edit.secret.keep")}`}
    </>
  );
  return (
    <Field
      label={told(setting.label)}
      help={help}
      isRequired={setting.required && !isStored}
      fault={faults.includes(setting.key) ? t("wizard.required") : null}
    >
      {({ required, ...attributes }) =>
        all ? (
          <Select {...attributes} value={value} onChange={(event) => onValue(setting.key, event.target.value)}>
            {(!required || !value) && <option value="">{required ? "" : t("wizard.unset")}</option>}
            {all.map((one) => (
              <option key={one} value={one}>
                {told(one)}
              </option>
            ))}
          </Select>
        ) : (
          <Input
            {...attributes}
            aria-required={required}
            type={isSecret(setting) ? "password" : "text"}
            autoComplete={isSecret(setting) ? "new-password" : "off"}
            spellCheck={false}
            value={value}
            onChange={(event) => onValue(setting.key, event.target.value)}
          />
        )
      }
    </Field>
  );
}
