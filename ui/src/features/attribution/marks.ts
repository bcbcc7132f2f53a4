/** What of an attribution stands on a timeline: one mark a step, the turn first. */
import type { Attribution } from "~/api/types";

export type Mark = {
  step: string;
  /** Where the run turned most likely. */
  turned: boolean;
  score: number;
  /** Everything that speaks against the step, a sentence each. */
  text: string;
};

export const KIND_NAMES: Record<Attribution["evidence"][number]["kind"], string> = {
  contradicted: "contradicted by the world",
  policy: "refused",
  error: "failed",
  invented: "thought up",
  divergence: "not as in a good run",
  unsupported: "from nowhere",
  undone: "admitted after it",
  asked_again: "asked again",
  basis: "rests on it",
  repeat: "repeated",
};

export function marksOf(attribution: Attribution): Mark[] {
  return attribution.suspects.map((suspect) => ({
    step: suspect.step,
    turned: suspect.step === attribution.turned_at,
    score: suspect.score,
    text: attribution.evidence
      .filter((one) => one.step === suspect.step)
      .map((one) => one.text)
      .join(" "),
  }));
}
