import { ChevronDown, Search } from "lucide-react";
import { useId, type ComponentProps, type ReactNode } from "react";
import { cn } from "@/lib/class-names";

const LOOK =
  "h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-ink disabled:opacity-55 aria-invalid:border-bad";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cn(LOOK, className)} {...rest} />;
}

export function SearchInput({ className, label, ...rest }: ComponentProps<"input"> & { label: string }) {
  return (
    <div className={cn("relative", className)}>
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" aria-hidden />
      <Input type="search" aria-label={label} placeholder={label} className="h-8 pl-8.5" {...rest} />
    </div>
  );
}

/** The browser's own list of choices: it works with every keyboard, reader and phone. */
export function Select({ className, isSmall, children, ...rest }: ComponentProps<"select"> & { isSmall?: boolean }) {
  return (
    <div className={cn("relative", className)}>
      <select className={cn(LOOK, "cursor-pointer appearance-none pr-8", isSmall && "h-8 pl-2.5 text-[13px]")} {...rest}>
        {children}
      </select>
      <ChevronDown className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-faint" aria-hidden />
    </div>
  );
}

interface FieldProps {
  label: string;
  help?: ReactNode;
  /** What is wrong with it. */
  fault?: string | null;
  isRequired?: boolean;
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean; required?: boolean }) => ReactNode;
}

export function Field({ label, help, fault, isRequired, children }: FieldProps) {
  const id = useId();
  const told = `${id}-help`;
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium">
        {label}
        {isRequired && <span className="text-faint" aria-hidden>{" *"}</span>}
      </label>
      {children({
        id,
        required: isRequired,
        "aria-invalid": fault ? true : undefined,
        "aria-describedby": help || fault ? told : undefined,
      })}
      {(help || fault) && (
        <p id={told} className={cn("mt-1.5 text-[13px] leading-snug", fault ? "text-bad" : "text-faint")}>
          {fault ?? help}
        </p>
      )}
    </div>
  );
}
