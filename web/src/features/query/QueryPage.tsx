import { useMutation } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { Result } from "./Result";
import { Tables } from "./Tables";
import { useTitle } from "@/app/router";
import type { Answer } from "@/api/types";
import { Button } from "@/components/ui/Button";
import { PageHead, Panel } from "@/components/ui/Panel";
import { Empty, Fault } from "@/components/ui/States";
import { useFoliosync } from "@/hooks";
import { useI18n } from "@/i18n/I18n";

const KEPT = "foliosync.sql";
const FIRST = "SELECT symbol, current_price, change_pct, last_price_update\nFROM market.symbols\nORDER BY symbol";

export default function QueryPage() {
  const { t } = useI18n();
  useTitle(t("query.title"));
  const { client } = useFoliosync();
  const [sql, setSql] = useState(() => sessionStorage.getItem(KEPT) ?? FIRST);
  const ask = useMutation({
    mutationFn: async (text: string) => {
      const begun = performance.now();
      const answer = await client.send<Answer>("POST", "/api/query", { sql: text, maxAgeMs: 0 });
      return { answer, millis: performance.now() - begun };
    },
  });
  const run = (text: string) => {
    sessionStorage.setItem(KEPT, text);
    ask.mutate(text);
  };
  const use = (table: string) => {
    const text = `SELECT *\nFROM ${table}\nLIMIT 100`;
    setSql(text);
    run(text);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run(sql);
    }
  };
  return (
    <>
      <PageHead title={t("query.title")} text={t("query.text")} />
      <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_17rem]">
        <div className="min-w-0 space-y-5">
          <Panel isFlush>
            <textarea
              aria-label={t("query.editor")}
              value={sql}
              onChange={(event) => setSql(event.target.value)}
              onKeyDown={onKey}
              rows={7}
              spellCheck={false}
              autoCapitalize="off"
              className="block w-full resize-y rounded-lg bg-transparent px-4 py-3 font-mono text-[13px] leading-relaxed"
            />
            <div className="flex items-center justify-end gap-3 border-t border-line px-3 py-2">
              <kbd className="hidden font-sans text-xs text-faint sm:inline">{t("query.keys")}</kbd>
              <Button look="primary" disabled={ask.isPending || !sql.trim()} onClick={() => run(sql)}>
                <Play className="size-3.5" aria-hidden />
                {t(ask.isPending ? "query.running" : "query.run")}
              </Button>
            </div>
          </Panel>
          {ask.error && <Fault error={ask.error} />}
          {ask.data ? (
            <Result key={ask.submittedAt} answer={ask.data.answer} millis={ask.data.millis} />
          ) : (
            !ask.error && (
              <Panel>
                <Empty title={t("query.start")} />
              </Panel>
            )
          )}
        </div>
        <Tables onUse={use} />
      </div>
    </>
  );
}
