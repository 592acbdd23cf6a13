import { ArrowDown, ArrowUp } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useI18n } from "@/i18n/I18n";
import { cn } from "@/lib/class-names";
import type { Sort } from "./sorting";

interface TableProps extends ComponentProps<"table"> {
  label: string;
}

/** Scrolls sideways by itself, so that the page never does; reachable by keyboard for that. */
export function Table({ label, className, ...rest }: TableProps) {
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={label}>
      <table className={cn("edged w-full border-collapse text-left", className)} {...rest} />
    </div>
  );
}

interface HeadProps {
  children?: ReactNode;
  isNumber?: boolean;
  className?: string;
}

const HEAD = "h-9 border-b border-line px-2 text-xs font-medium whitespace-nowrap text-faint sm:px-3";

export function Th({ children, isNumber, className }: HeadProps) {
  return (
    <th scope="col" className={cn(HEAD, isNumber && "text-right", className)}>
      {children}
    </th>
  );
}

interface SortableProps<K extends string> extends HeadProps {
  id: K;
  label: string;
  sort: Sort<K>;
  onSort: (id: K) => void;
}

export function SortableTh<K extends string>({ id, label, sort, onSort, isNumber, className }: SortableProps<K>) {
  const { t } = useI18n();
  const isSorted = sort.by === id;
  const Arrow = sort.isDescending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (sort.isDescending ? "descending" : "ascending") : undefined}
      className={cn(HEAD, isNumber && "text-right", className)}
    >
      <button
        type="button"
        title={t("common.sort", { column: label })}
        onClick={() => onSort(id)}
        className={cn(
          "group -mx-1 inline-flex h-7 items-center gap-1 rounded px-1 hover:text-ink",
          isNumber && "flex-row-reverse",
          isSorted && "text-ink",
        )}
      >
        {label}
        <Arrow className={cn("size-3", !isSorted && "opacity-0 group-hover:opacity-60")} aria-hidden />
      </button>
    </th>
  );
}

export function Tr({ className, ...rest }: ComponentProps<"tr">) {
  return <tr className={cn("border-b border-line last:border-0 hover:bg-hover", className)} {...rest} />;
}

export function Td({ isNumber, className, ...rest }: ComponentProps<"td"> & { isNumber?: boolean }) {
  const number = isNumber && "tnum text-right whitespace-nowrap";
  return <td className={cn("h-11 px-2 py-1.5 sm:px-3", number, className)} {...rest} />;
}
