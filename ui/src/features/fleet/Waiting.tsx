/** Questions that wait for a person, soonest to expire first. */
import { Link } from "react-router";
import type { Approval } from "~/api/types";
import { useNow } from "~/lib/now";
import { Badge } from "~/ui/Badge";
import { Panel } from "~/ui/Panel";
import { Remaining } from "~/ui/Time";
import styles from "./Waiting.module.css";

type Props = { approvals: readonly Approval[]; pathOf: (approval: string) => string };

const SOON_MS = 5 * 60_000;

export function Waiting({ approvals, pathOf }: Props) {
  const now = useNow();
  const urgent = approvals.toSorted((a, b) => a.expires_at.localeCompare(b.expires_at));
  return (
    <Panel title="Waiting for a person" note={approvals.length} flush>
      {urgent.length === 0 ? (
        <p className={styles["none"]}>Nobody waits for you.</p>
      ) : (
        <ul>
          {urgent.map((approval) => (
            <li key={approval.id}>
              <Link to={pathOf(approval.id)} className={styles["row"]}>
                <span className={styles["what"]}>
                  <Badge tone="ask" icon="ask" label="ask" />
                  <code>{approval.target}</code>
                  <span className={Date.parse(approval.expires_at) - now < SOON_MS ? styles["soon"] : styles["left"]}>
                    <Remaining until={approval.expires_at} />
                  </span>
                </span>
                <span className={styles["why"]}>{approval.reasons[0]?.message}</span>
                <span className={styles["who"]}>
                  {approval.agent} asks {approval.roles.join(" and ") || "anyone"}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
