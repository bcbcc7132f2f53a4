/** What went in and what came out. */
import type { StepDetail } from "~/api/types";
import { replayCommand } from "~/lib/commands";
import { CopyLine } from "~/ui/CopyLine";
import { JsonView } from "~/ui/JsonView";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";

const OBSERVED = { "": "", confirmed: "the world shows it", contradicted: "the world shows otherwise", unknown: "nobody can tell, which is no success" } as const;

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
      {(step.observed || step.undo) && <Shown step={step} />}
      {step.governed && (step.kind === "model" || step.kind === "tool") && (
        <Section title="Replay" note={`up to here as recorded; ${step.kind === "model" ? "--answer, --message or --system" : "--result"} makes it go on otherwise`}>
          <CopyLine label="Replay from this step" text={replayCommand(step.run, step.id)} />
        </Section>
      )}
    </>
  );
}

/** What the tool says of its effect, beside what the world shows of it, and the way back. */
function Shown({ step }: { step: StepDetail }) {
  const claimed = step.result === null ? "nothing; it did not return" : "done";
  return (
    <Section title="Claimed and observed">
      <Facts
        facts={[
          { name: "Claimed", value: step.observed ? claimed : "" },
          { name: "Observed", value: step.observed ? `${step.observed}: ${OBSERVED[step.observed]}` : "" },
          { name: "Because", value: step.observed_detail },
          { name: "Taken back by", value: step.undo ? <code>{`${step.undo.tool} ${JSON.stringify(step.undo.arguments)}`}</code> : "" },
        ]}
      />
    </Section>
  );
}
