import type { PageProps } from "@/app/pages";
export default function SettingsPage(_: PageProps) {
  return null;
}
