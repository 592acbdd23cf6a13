import type { ReactNode } from "react";
import { cn } from "@/lib/class-names";
import { isDecimal, sign } from "@/lib/decimal";

const TONES = { "1": "text-good", "-1": "text-bad", "0": "text-soft" };

/** Colours what is written by the sign of its amount; the sign itself is written too. */
export function Signed({ amount, className, children }: { amount: string | null; className?: string; children: ReactNode }) {
  const tone = isDecimal(amount) ? TONES[`${sign(amount)}`] : "text-faint";
  return <span className={cn("tnum", tone, className)}>{children}</span>;
}
