import type { ReactNode } from "react";
import { cn } from "@/lib/class-names";

const TONES = {
  good: "bg-good-soft text-good",
  bad: "bg-bad-soft text-bad",
  warn: "bg-warn-soft text-warn",
  accent: "bg-accent-soft text-accent",
  plain: "bg-hover text-soft",
};

export type Tone = keyof typeof TONES;

interface Props {
  tone?: Tone;
  /** Before the text, where colour alone would say it. */
  icon?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Badge({ tone = "plain", icon, className, children, ...rest }: Props) {
  return (
    <span
      className={cn(
        "inline-flex h-5 items-center gap-1 rounded px-1.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3",
        TONES[tone],
        className,
      )}
      {...rest}
    >
      {icon}
      {children}
    </span>
  );
}
