/** What changed in a contract since somebody knew it, and the word that it is as it should be. */
import { useReview } from "~/api/tools";
import { asProblem } from "~/api/problem";
import type { Drift, Tool } from "~/api/types";
import { useRemembered } from "~/lib/remembered";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Section } from "~/ui/Section";
import styles from "./ToolPane.module.css";

const ABOUT = { words: "its description", shape: "its arguments", terms: "its terms" } as const;

export function DriftView({ tool, drift }: { tool: Tool; drift: Drift }) {
  const review = useReview(tool.tool);
  const [by, setBy] = useRemembered("name", "");
  const missing = !by.trim() ? "Say who you are; it is recorded" : review.isPending ? "Sending" : undefined;
  return (
    <Section title="What changed" note={drift.since === "reviewed" ? "since it was reviewed" : "against what a policy file says"}>
      <ul className={styles["drift"]} aria-label="What changed">
        {drift.changes.map((change) => (
          <li key={change.path}>
            <p>
              <code>{change.path}</code>
              <span className={styles["quiet"]}>{change.path.startsWith("output") ? "its result" : ABOUT[change.about]}</span>
              {change.loosens && <Badge tone="deny" icon="warning" label="lets more through" quiet />}
            </p>
            <p className={styles["values"]}>
              <del>{shown(change.before)}</del>
              <ins>{shown(change.after)}</ins>
            </p>
          </li>
        ))}
      </ul>
      {drift.more && <p className={styles["quiet"]}>More changed than is listed here.</p>}
      <form className={styles["review"]} onSubmit={(event) => event.preventDefault()}>
        <input aria-label="Your name" placeholder="Your name" value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />
        <Button disabledReason={missing} onClick={() => review.mutate({ fingerprint: tool.fingerprint, by: by.trim() })}>
          It is as it should be
        </Button>
      </form>
      {review.error && (
        <p role="alert" className={styles["problem"]}>
          <b>{asProblem(review.error).message}.</b> {asProblem(review.error).detail} {asProblem(review.error).hint}
        </p>
      )}
    </Section>
  );
}

const shown = (value: unknown) => (value === undefined || value === null ? "nothing" : typeof value === "string" ? value : JSON.stringify(value));
