import { connections } from "./connections";
import { mirrors } from "./mirrors";
import { portfolio } from "./portfolio";
import { prices } from "./prices";
import { query } from "./query";
import { runs } from "./runs";
import { settings } from "./settings";
import { shell } from "./shell";
import { tradelogs } from "./tradelogs";

export const en = {
  ...shell,
  ...portfolio,
  ...connections,
  ...mirrors,
  ...runs,
  ...prices,
  ...tradelogs,
  ...query,
  ...settings,
} as const;
