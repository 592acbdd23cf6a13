import type { PageProps } from "@/app/pages";
export default function TradeLogsPage(_: PageProps) {
  return null;
}
