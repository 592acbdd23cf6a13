import { useI18n } from "@/i18n/I18n";

/** What the server says. Readers pronounce what there are no words for as the English that it is. */
export function Told({ text }: { text: string }) {
  const { told, isTold } = useI18n();
  return isTold(text) ? told(text) : <span lang="en">{text}</span>;
}

/** The same for places that may have nothing to say, such as a tooltip, which then is none. */
export function toldIf(text: string | null | undefined) {
  return text ? <Told text={text} /> : null;
}
