import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/class-names";

interface Item {
  label: string;
  icon?: ReactNode;
  onSelect: () => void;
  isDanger?: boolean;
  isDisabled?: boolean;
}

interface Props {
  items: readonly Item[];
  /** The button that opens it. */
  children: ReactNode;
}

export function Menu({ items, children }: Props) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-30 min-w-44 animate-rise rounded-lg border border-line bg-raised p-1 shadow-xl"
        >
          {items.map((item) => (
            <Radix.Item
              key={item.label}
              disabled={item.isDisabled}
              onSelect={item.onSelect}
              className={cn(
                "flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 outline-none [&_svg]:size-4",
                "data-disabled:opacity-50 data-highlighted:bg-hover",
                item.isDanger && "text-bad",
              )}
            >
              {item.icon}
              {item.label}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
