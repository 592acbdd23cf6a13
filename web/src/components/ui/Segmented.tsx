import { cn } from "@/lib/class-names";

interface Props<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: string; count?: string }[];
  className?: string;
}

/** One of a few, all of them in sight. */
export function Segmented<T extends string>({ label, value, onChange, options, className }: Props<T>) {
  return (
    <div role="group" aria-label={label} className={cn("inline-flex rounded-md border border-line bg-ground p-0.5", className)}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="flex h-6.5 items-center gap-1.5 rounded px-2.5 text-[13px] font-medium whitespace-nowrap text-faint hover:text-ink aria-pressed:bg-raised aria-pressed:text-ink aria-pressed:shadow-sm"
        >
          {option.label}
          {option.count !== undefined && <span className="tnum text-xs font-normal text-faint">{option.count}</span>}
        </button>
      ))}
    </div>
  );
}
