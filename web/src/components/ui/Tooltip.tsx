import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface Props {
  /** What it says; without it there is no tooltip. */
  text: ReactNode;
  side?: "top" | "right" | "bottom" | "left";
  /** One element that takes a ref. */
  children: ReactNode;
}

export const TooltipProvider = Radix.Provider;

export function Tooltip({ text, side = "top", children }: Props) {
  if (!text) return children;
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-80 rounded-md bg-ink px-2.5 py-1.5 text-xs leading-relaxed text-ground shadow-lg"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
