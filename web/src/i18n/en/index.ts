import { connections } from "./connections";
import { portfolio } from "./portfolio";
import { prices } from "./prices";
import { runs } from "./runs";
import { shell } from "./shell";
import { tradelogs } from "./tradelogs";

export const en = { ...shell, ...portfolio, ...connections, ...runs, ...prices, ...tradelogs } as const;
