/** What a model was told and what it said. */
import type { StepDetail } from "~/api/types";
import { plural } from "~/lib/counts";
import { Empty } from "~/ui/Notice";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { MessageView } from "./MessageView";

const SHOWN = 60;

export function MessagesTab({ step }: { step: StepDetail }) {
  const { messages_in: into, messages_out: out } = step;
  if (into.length + out.length === 0) {
    return (
      <Empty icon="message" title="No messages">
        {step.kind === "model" ? "The call's content was not recorded." : "Only model calls carry messages."}
      </Empty>
    );
  }
  return (
    <>
      <Section title="Model">
        <Facts
          facts={[
            { name: "Model", value: [step.provider, step.model].filter(Boolean).join(" / ") },
            { name: "Price", value: step.price && `${step.price.source}, ${step.price.version}` },
            { name: "Warnings", value: step.price?.warnings.join("; ") },
          ]}
        />
      </Section>
      <Section title="In" note={into.length > SHOWN ? `last ${SHOWN} of ${plural(into.length, "message")}` : into.length}>
        {into.slice(-SHOWN).map((message) => (
          <MessageView key={message.id} message={message} />
        ))}
      </Section>
      <Section title="Out" note={out.length}>
        {out.map((message) => (
          <MessageView key={message.id} message={message} />
        ))}
      </Section>
    </>
  );
}
