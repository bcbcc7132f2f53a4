/** What went in and what came out. */
import type { StepDetail } from "~/api/types";
import { replayCommand } from "~/lib/commands";
import { CopyLine } from "~/ui/CopyLine";
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
      {step.governed && (step.kind === "model" || step.kind === "tool") && (
        <Section title="Replay" note={`up to here as recorded; ${step.kind === "model" ? "--answer, --message or --system" : "--result"} makes it go on otherwise`}>
          <CopyLine label="Replay from this step" text={replayCommand(step.run, step.id)} />
        </Section>
      )}
    </>
  );
}
