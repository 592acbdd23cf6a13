import type { ComponentProps } from "react";
import { cn } from "@/lib/class-names";

const LOOKS = {
  primary: "bg-accent text-accent-ink hover:opacity-90",
  outline: "border border-line-strong bg-surface text-ink hover:bg-hover",
  ghost: "text-soft hover:bg-hover hover:text-ink",
  danger: "bg-bad text-white hover:opacity-90 dark:text-ground",
};

const SIZES = {
  small: "h-8 gap-1.5 px-2.5 text-[13px]",
  medium: "h-9 gap-2 px-3.5",
  icon: "size-8 justify-center",
};

export interface ButtonProps extends ComponentProps<"button"> {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
}

export function buttonLook(look: keyof typeof LOOKS = "outline", size: keyof typeof SIZES = "small", more = "") {
  return cn(
    "inline-flex shrink-0 items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors",
    "disabled:opacity-55",
    LOOKS[look],
    SIZES[size],
    more,
  );
}

export function Button({ look, size, className, type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={buttonLook(look, size, className)} {...rest} />;
}
