import type { PageProps } from "@/app/pages";
export default function PortfolioPage(_: PageProps) {
  return null;
}
