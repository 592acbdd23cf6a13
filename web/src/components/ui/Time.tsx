import { useI18n } from "@/i18n/I18n";
import { useNow } from "@/lib/now";
import { Tooltip } from "./Tooltip";

interface Props {
  at: string;
  className?: string;
}

/** Written only once somebody looks. */
function Exact({ at }: { at: string }) {
  return useI18n().exactInstant(at);
}

/** How long ago, moving by itself; the exact instant is in its tooltip. */
export function Ago({ at, className }: Props) {
  const { ago } = useI18n();
  const now = useNow();
  return (
    <Tooltip text={<Exact at={at} />}>
      <time dateTime={at} className={className}>
        {ago(at, now)}
      </time>
    </Tooltip>
  );
}

export function Until({ at, className }: Props) {
  const { until } = useI18n();
  const now = useNow();
  return (
    <Tooltip text={<Exact at={at} />}>
      <time dateTime={at} className={className}>
        {until(at, now)}
      </time>
    </Tooltip>
  );
}

export function Instant({ at, className }: Props) {
  const { instant } = useI18n();
  return (
    <Tooltip text={<Exact at={at} />}>
      <time dateTime={at} className={className}>
        {instant(at)}
      </time>
    </Tooltip>
  );
}
