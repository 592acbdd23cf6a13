import type { PageProps } from "@/app/pages";
export default function ConnectionsPage(_: PageProps) {
  return null;
}
