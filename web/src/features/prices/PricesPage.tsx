import type { PageProps } from "@/app/pages";
export default function PricesPage(_: PageProps) {
  return null;
}
