import { portfolio } from "./portfolio";
import { shell } from "./shell";

export const en = { ...shell, ...portfolio } as const;
