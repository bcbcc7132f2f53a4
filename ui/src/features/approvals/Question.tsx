/** Who wants to do what, why a person is asked, who may answer and until when. */
import { Link } from "react-router";
import type { Approval } from "~/api/types";
import { APPROVAL_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Icon } from "~/ui/Icon";
import { Ago, Remaining } from "~/ui/Time";
import { openRoles } from "./draft";
import styles from "./Question.module.css";

type Props = { approval: Approval; runPath: (run: string, step?: string) => string };

export function Question({ approval, runPath }: Props) {
  return (
    <header>
      <div className={styles["title"]}>
        <h2>
          <b>{approval.agent}</b> wants to call <code>{approval.target}</code>
        </h2>
        <Badge {...APPROVAL_STATES[approval.state]} />
        {approval.state === "pending" && (
          <p className={styles["left"]}>
            <b>
              <Remaining until={approval.expires_at} />
            </b>{" "}
            left; then it is refused
          </p>
        )}
      </div>
      <p className={styles["from"]}>
        <Link to={runPath(approval.run, approval.step)}>{approval.title || "Open the run"}</Link>
        {approval.person && <span>for {approval.person}</span>}
        {approval.effect && <span>effect: {approval.effect}</span>}
        <span>
          asked <Ago at={approval.asked_at} />
        </span>
      </p>
      <ul className={`${styles["reasons"]} ${approval.state === "pending" ? "" : styles["answered"]}`}>
        {approval.reasons.map((reason) => (
          <li key={reason.rule + reason.cure}>
            <Icon name="ask" className={styles["mark"]} />
            <div>
              <p>{reason.message}</p>
              <code>{reason.rule}</code>
            </div>
          </li>
        ))}
      </ul>
      <Roles approval={approval} />
    </header>
  );
}

function Roles({ approval }: { approval: Approval }) {
  if (approval.roles.length === 0) return null;
  const open = new Set(openRoles(approval));
  return (
    <div className={styles["roles"]}>
      <span>{approval.roles.length > 1 ? "Each must approve, a different person each:" : "May answer:"}</span>
      {approval.roles.map((role) => {
        const given = approval.answers.find((answer) => answer.role === role);
        return (
          <span key={role} className={styles["role"]}>
            <b>{role}</b>
            {given ? (
              <Badge tone={given.verdict === "approve" ? "allow" : "deny"} icon={given.verdict === "approve" ? "allow" : "deny"} label={given.by} quiet title={given.note} />
            ) : (
              open.has(role) && approval.state === "pending" && approval.roles.length > 1 && <small>open</small>
            )}
          </span>
        );
      })}
    </div>
  );
}
