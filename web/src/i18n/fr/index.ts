import { portfolio } from "./portfolio";
import { shell } from "./shell";

export const fr = { ...shell, ...portfolio };
