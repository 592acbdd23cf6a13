import type { ReactNode } from "react";

interface Props {
  title: string;
  text?: ReactNode;
  aside?: ReactNode;
  children?: ReactNode;
}

/** A part of the page: no box, a line between it and the next. */
export function Section({ title, text, aside, children }: Props) {
  return (
    <section className="py-6 first:pt-0">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="max-w-xl">
          <h2 className="font-semibold">{title}</h2>
          {text && <p className="mt-1 text-soft">{text}</p>}
        </div>
        {aside}
      </div>
      {children && <div className="mt-4">{children}</div>}
    </section>
  );
}
