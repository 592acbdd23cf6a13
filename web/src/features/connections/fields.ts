import type { Connection, Provider, ProviderSetting } from "@/api/types";

/** What is typed into the form, by the key of the setting. */
export type Values = Record<string, string>;

export function isSecret(setting: ProviderSetting): boolean {
  return setting.kind === "secret";
}

export function choices(setting: ProviderSetting): readonly string[] | null {
  return typeof setting.kind === "object" ? setting.kind.choice : null;
}

/** What is needed and what opens an account is in sight; the rest is a click away. */
export function isMain(setting: ProviderSetting): boolean {
  return setting.required || isSecret(setting);
}

/** What was typed, as the API wants it. */
export function split(provider: Provider, values: Values) {
  const settings: Values = {};
  const credentials: Values = {};
  for (const setting of provider.settings) {
    const value = values[setting.key]?.trim();
    if (value) (isSecret(setting) ? credentials : settings)[setting.key] = value;
  }
  return { settings, credentials };
}

/** Keys that are needed and still empty; a secret that is stored need not be typed again. */
export function missing(provider: Provider, values: Values, stored?: Connection): string[] {
  return provider.settings
    .filter((setting) => setting.required && !values[setting.key]?.trim())
    .filter((setting) => !(isSecret(setting) && stored?.credentials[setting.key]?.set))
    .map((setting) => setting.key);
}
