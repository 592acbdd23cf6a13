import type { ItemStatus, Outcome } from "@/api/types";
import type { Tone } from "@/components/ui/Badge";

export const ITEM_TONES: Record<ItemStatus, Tone> = {
  updated: "good",
  unchanged: "plain",
  missing: "warn",
  rejected: "bad",
  deferred: "accent",
};

export const OUTCOME_TONES: Record<Outcome, Tone> = {
  ok: "good",
  partial: "warn",
  failed: "bad",
  needsuser: "warn",
  deferred: "plain",
  interrupted: "plain",
};
