/** The inbox: what waits, soonest to expire first as the server gives it, and what was answered. */
import { Link } from "react-router";
import type { Approval } from "~/api/types";
import { APPROVAL_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Ago, Remaining } from "~/ui/Time";
import styles from "./ApprovalList.module.css";

type Props = { approvals: readonly Approval[]; selected: string; pathOf: (approval: string) => string };

export function ApprovalList({ approvals, selected, pathOf }: Props) {
  return (
    <ul className={styles["list"]} aria-label="Approvals">
      {approvals.map((approval) => (
        <li key={approval.id}>
          <Link to={pathOf(approval.id)} className={`${styles["row"]} ${approval.id === selected ? styles["selected"] : ""}`} aria-current={approval.id === selected ? "true" : undefined}>
            <span className={styles["line"]}>
              <code>{approval.target}</code>
              <span className={styles["time"]}>{approval.state === "pending" ? <Remaining until={approval.expires_at} /> : <Ago at={approval.answered_at ?? approval.asked_at} />}</span>
            </span>
            <span className={styles["title"]}>{approval.title || approval.reasons[0]?.message}</span>
            <span className={styles["line"]}>
              <Badge {...APPROVAL_STATES[approval.state]} quiet />
              <span className={styles["time"]}>{approval.agent}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
