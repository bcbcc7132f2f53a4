/** How it looks whether all of a run is here. */
import type { Completeness } from "~/api/types";
import type { BadgeLook } from "~/ui/Badge";

export const COMPLETENESS: Record<Completeness["state"], BadgeLook> = {
  whole: { tone: "plain", icon: "check", label: "whole" },
  partial: { tone: "strong", icon: "warning", label: "partial" },
  unknown: { tone: "plain", icon: "idle", label: "not counted" },
};
