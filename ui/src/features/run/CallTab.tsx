/** What went in and what came out. */
import type { StepDetail } from "~/api/types";
import { JsonView } from "~/ui/JsonView";
import { Section } from "~/ui/Section";

export function CallTab({ step }: { step: StepDetail }) {
  const refused = step.state === "refused" || step.verdict === "halt";
  return (
    <>
      <Section title="Arguments" note={step.verdict === "transform" ? "as they ran, after the transformation" : undefined}>
        {step.arguments === null ? <p>None were recorded.</p> : <JsonView value={step.arguments} label="arguments" />}
      </Section>
      <Section title="Result">
        {refused ? <p>It did not run.</p> : step.result === null ? <p>{step.ended_at ? "None was recorded." : "It has not ended."}</p> : <JsonView value={step.result} label="result" />}
      </Section>
    </>
  );
}
