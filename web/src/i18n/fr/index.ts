import { connections } from "./connections";
import { portfolio } from "./portfolio";
import { runs } from "./runs";
import { shell } from "./shell";

export const fr = { ...shell, ...portfolio, ...connections, ...runs };
