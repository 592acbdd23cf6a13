import { useState } from "react";
import { Section } from "./Section";
import { Field, Select } from "@/components/ui/Input";
import { useI18n } from "@/i18n/I18n";
import { LANGUAGES, type Language } from "@/i18n/language";
import { chosenTheme, chooseTheme, type Theme } from "@/lib/theme";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function Appearance() {
  const { t, language, setLanguage } = useI18n();
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (chosen: Theme) => {
    chooseTheme(chosen);
    setTheme(chosen);
  };
  return (
    <Section title={t("settings.look")}>
      <div className="grid max-w-md gap-4 sm:grid-cols-2">
        <Field label={t("settings.language")}>
          {(attributes) => (
            <Select
              {...attributes}
              value={language}
              onChange={(event) => void setLanguage(event.target.value as Language)}
            >
              {Object.entries(LANGUAGES).map(([id, name]) => (
                <option key={id} value={id} lang={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("settings.theme")}>
          {(attributes) => (
            <Select {...attributes} value={theme} onChange={(event) => choose(event.target.value as Theme)}>
              {THEMES.map((one) => (
                <option key={one} value={one}>
                  {t(`theme.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
    </Section>
  );
}
