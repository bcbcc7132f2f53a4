/** The books of a run's spans: made, come, kept, missing; for a pane. */
import type { Completeness } from "~/api/types";
import { count } from "~/lib/counts";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { CompletenessBadge } from "./CompletenessBadge";
import styles from "./CompletenessFacts.module.css";

const some = (n: number) => (n > 0 ? count(n) : "");

export function CompletenessFacts({ told }: { told: Completeness }) {
  return (
    <Section title="Completeness" note={<CompletenessBadge told={told} />}>
      <p className={styles["text"]}>{told.text}</p>
      <Facts
        facts={[
          { name: "Made", value: told.sent === null || told.sent === undefined ? "its sender does not count" : count(told.sent) },
          { name: "Came", value: count(told.accepted) },
          { name: "Kept", value: count(told.stored) },
          { name: "Came again", value: some(told.duplicates) },
          { name: "Missing", value: some(told.missing) },
          { name: "Dropped", value: some(told.dropped) },
          { name: "Late", value: some(told.late) },
          { name: "Orphans", value: some(told.orphaned) },
        ]}
      />
    </Section>
  );
}
