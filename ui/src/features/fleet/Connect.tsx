/** The two lines that put an agent under Holdfast. */
import { drillCommand } from "~/lib/commands";
import { CopyLine } from "~/ui/CopyLine";
import styles from "./Connect.module.css";

const here = () => window.location.origin;

export function Connect({ gateway = "" }: { /** Where the model gateway listens; empty when it does not. */ gateway?: string }) {
  const python = `import holdfast\nholdfast.init(server="${here()}")`;
  return (
    <div className={styles["connect"]}>
      <p className={styles["lead"]}>Put these two lines where the agent's program begins. Its tools and model calls are then decided before they happen, and shown here.</p>
      <Snippet title="In Python" text={python} />
      <Snippet title="Or send traces you already have" text={`OTEL_EXPORTER_OTLP_ENDPOINT=${here()}`} note="Traces are shown; only what passes through the SDK is decided." />
      {gateway && <Snippet title="Or change where an agent's models are" text={`export OPENAI_BASE_URL=${gateway}/v1\nexport ANTHROPIC_BASE_URL=${gateway}`} note="For agents that you did not build. Their model calls, and the tool calls that models ask for, are decided; a key under Gateway says who they are." />}
      <Snippet title="See what is governed" text="holdfast doctor" />
      <Snippet title="Watch a drill first" text={drillCommand()} note="A real agent tries to give half the price away, and waits here for a person." />
    </div>
  );
}

function Snippet({ title, text, note }: { title: string; text: string; note?: string }) {
  return (
    <section className={styles["snippet"]}>
      <h2>{title}</h2>
      <CopyLine label={title} text={text} />
      {note && <p className={styles["note"]}>{note}</p>}
    </section>
  );
}
