/** The stops in force, how fast they were heard, and the way to lift them. */
import { useLift } from "~/api/kills";
import { asProblem } from "~/api/problem";
import type { Kill } from "~/api/types";
import { short } from "~/lib/counts";
import { useRemembered } from "~/lib/remembered";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Panel } from "~/ui/Panel";
import { Ago } from "~/ui/Time";
import { Heard } from "./Heard";
import styles from "./Stop.module.css";

export function Kills({ kills }: { kills: readonly Kill[] }) {
  if (kills.length === 0) return null;
  return (
    <Panel title="Stops in force" note={kills.length} flush>
      <ul className={styles["list"]}>
        {kills.map((kill) => (
          <Row key={kill.id} kill={kill} />
        ))}
      </ul>
    </Panel>
  );
}

function Row({ kill }: { kill: Kill }) {
  const lift = useLift();
  const [by] = useRemembered("name", "console");
  return (
    <li className={styles["row"]}>
      <div className={styles["what"]}>
        <Badge tone="halt" icon="halt" label={kill.scope === "org" ? "everything" : kill.scope} />
        <code title={kill.target}>{short(kill.target)}</code>
        <Button onClick={() => lift.mutate({ kill: kill.id, by: by || "console" })} disabledReason={lift.isPending ? "Lifting" : undefined}>
          Lift
        </Button>
      </div>
      <p>{kill.reason}</p>
      <p className={styles["meaning"]}>
        {kill.by}, <Ago at={kill.at} /> · <Heard seen={kill.seen} />
      </p>
      {lift.error && (
        <p role="alert" className={styles["problem"]}>
          {asProblem(lift.error).message}
        </p>
      )}
    </li>
  );
}
