import type { ReactNode } from "react";
import { cn } from "@/lib/class-names";

interface Props {
  title?: ReactNode;
  /** At the right of the title. */
  aside?: ReactNode;
  /** Tables go to the edge. */
  isFlush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, aside, isFlush, className, children }: Props) {
  return (
    <section className={cn("min-w-0 rounded-lg border border-line bg-surface", className)}>
      {(title || aside) && (
        <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2">
          {typeof title === "string" ? <h2 className="font-semibold">{title}</h2> : title}
          {aside}
        </header>
      )}
      <div className={cn(!isFlush && "px-4 pb-4", !title && !aside && !isFlush && "pt-4")}>{children}</div>
    </section>
  );
}

interface PageHeadProps {
  title: ReactNode;
  text?: ReactNode;
  children?: ReactNode;
}

export function PageHead({ title, text, children }: PageHeadProps) {
  return (
    <header className="mb-5 flex flex-wrap items-end justify-between gap-3">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {text && <p className="mt-0.5 text-soft">{text}</p>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}
