/** What came of the question. */
import { Link } from "react-router";
import type { Approval, ApprovalState, Json } from "~/api/types";
import { changes } from "~/lib/json";
import { APPROVAL_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Ago } from "~/ui/Time";
import { Changes } from "./Changes";
import styles from "./Outcome.module.css";

type Props = { approval: Approval; runPath: (run: string, step?: string) => string };

const MEANING: Record<ApprovalState, string> = {
  pending: "",
  approved: "The agent may make this call once; it has not yet.",
  used: "The call was made, exactly once.",
  refused: "The call was not made; the agent was told why.",
  expired: "Nobody answered in time. Silence is refusal: the call was not made.",
  withdrawn: "The run ended before an answer; the call was not made.",
};

export function Outcome({ approval, runPath }: Props) {
  const edited = approval.edited && approval.approved_arguments ? changes(approval.arguments as Json, approval.approved_arguments as Json) : [];
  return (
    <section className={styles["outcome"]} aria-label="Outcome" aria-live="polite">
      <p className={styles["line"]}>
        <Badge {...APPROVAL_STATES[approval.state]} />
        {approval.answered_by && (
          <span>
            by <b>{approval.answered_by}</b>, {approval.answered_at && <Ago at={approval.answered_at} />}
          </span>
        )}
        <Link to={runPath(approval.run, approval.step)}>See the run</Link>
      </p>
      <p>{MEANING[approval.state]}</p>
      {approval.note && <blockquote>{approval.note}</blockquote>}
      {edited.length > 0 && (
        <div>
          <p className={styles["head"]}>Approved with other arguments than were asked:</p>
          <Changes changes={edited} none="" />
        </div>
      )}
    </section>
  );
}
