import { ArrowRight } from "lucide-react";
import { Link } from "@/app/router";
import { Command } from "@/app/SignIn";
import { buttonLook } from "@/components/ui/Button";
import { useI18n } from "@/i18n/I18n";

/** The first start: there is nothing yet, and two ways on from here. */
export function Welcome() {
  const { t } = useI18n();
  return (
    <div className="mx-auto max-w-xl pt-8 sm:pt-20">
      <h1 className="text-3xl font-semibold tracking-tight text-balance">{t("welcome.title")}</h1>
      <p className="mt-3 text-base text-soft text-pretty">{t("welcome.text")}</p>
      <Link href="/connections?add=yes" className={buttonLook("primary", "medium", "mt-7")}>
        {t("welcome.connect")}
        <ArrowRight className="size-4" aria-hidden />
      </Link>
      <p className="mt-2.5 text-[13px] text-faint">{t("welcome.connect.text")}</p>
      <div className="mt-10 border-t border-line pt-6">
        <h2 className="font-semibold">{t("welcome.quick")}</h2>
        <p className="mt-2">
          <Link href="/connections?add=ecb" className="text-accent hover:underline">
            {t("welcome.ecb")}
          </Link>
        </p>
        <h2 className="mt-6 font-semibold">{t("welcome.demo")}</h2>
        <p className="mt-1 mb-3 text-soft">{t("welcome.demo.text")}</p>
        <Command text="foliosync demo" />
      </div>
    </div>
  );
}
