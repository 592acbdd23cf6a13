import { Component, type ReactNode } from "react";
import { Button } from "@/components/ui/Button";
import { Empty } from "@/components/ui/States";
import { useI18n } from "@/i18n/I18n";

/** A fault on one page leaves the others, and the sidebar, alone. */
export class Boundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useI18n();
  return (
    <Empty
      title={t("crash.title")}
      text={t("crash.text")}
      action={<Button onClick={() => location.reload()}>{t("crash.reload")}</Button>}
    />
  );
}
