import { Button } from "./Button";
import { useI18n } from "@/i18n/I18n";

interface Props {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** Below a list that is read page by page, while there are more. */
export function More({ hasNextPage, isFetchingNextPage, fetchNextPage }: Props) {
  const { t } = useI18n();
  if (!hasNextPage) return null;
  return (
    <div className="border-t border-line p-3 text-center">
      <Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
        {t("common.more")}
      </Button>
    </div>
  );
}
