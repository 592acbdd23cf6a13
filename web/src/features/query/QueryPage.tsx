import type { PageProps } from "@/app/pages";
export default function QueryPage(_: PageProps) {
  return null;
}
