import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { useProviders } from "./providers";
import type { Connection } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { Panel } from "@/components/ui/Panel";
import { useI18n } from "@/i18n/I18n";
import { byRole } from "@/lib/roles";

interface Props {
  mirrors: readonly Connection[];
  onAdd: () => void;
  /** The mirrors that there are, as rows. */
  children: ReactNode;
}

/** Where committed rows are copied to. A program that can copy nowhere says nothing of it. */
export function Mirrors({ mirrors, onAdd, children }: Props) {
  const { t, told, locale } = useI18n();
  const { data: providers } = useProviders();
  const offered = byRole(providers ?? []).mirrors.map((one) => told(one.name));
  if (mirrors.length === 0 && offered.length === 0) return null;
  const names = new Intl.ListFormat(locale, { type: "disjunction" }).format(offered);
  return (
    <Panel
      className="mt-6"
      isFlush
      title={t("mirrors.title")}
      aside={
        offered.length > 0 && (
          <Button onClick={onAdd}>
            <Plus className="size-3.5" aria-hidden />
            {t("mirrors.add")}
          </Button>
        )
      }
    >
      <p className={mirrors.length > 0 ? "px-4 pb-2 text-[13px] text-faint" : "px-4 pb-4 text-soft"}>
        {mirrors.length > 0 ? t("mirrors.text") : t("mirrors.none", { providers: names })}
      </p>
      {mirrors.length > 0 && children}
    </Panel>
  );
}
