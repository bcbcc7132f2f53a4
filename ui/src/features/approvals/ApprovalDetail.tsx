/** One question to a person: the context, the exact call, and the answer. */
import { useState, type ReactNode } from "react";
import { useAnswer } from "~/api/approvals";
import { asProblem } from "~/api/problem";
import type { Approval, Step } from "~/api/types";
import { useKeys } from "~/lib/keys";
import { AnswerBar } from "./AnswerBar";
import styles from "./ApprovalDetail.module.css";
import { Call } from "./Call";
import { Context } from "./Context";
import { draftOf, judge, openRoles } from "./draft";
import { Outcome } from "./Outcome";
import { Question } from "./Question";

type Props = { approval: Approval; runPath: (run: string, step?: string) => string; /** Why it is asked, by the rules. */ explanation: ReactNode };

export function ApprovalDetail({ approval, runPath, explanation }: Props) {
  const [text, setText] = useState(() => draftOf(approval));
  const [editing, setEditing] = useState(false);
  const answer = useAnswer(approval);
  const draft = judge(text, approval.arguments, approval.schema);
  const edited = draft.changes.length > 0 || draft.arguments === null;
  const pending = approval.state === "pending";
  useKeys({ e: () => setEditing(true) }, pending && !editing);
  const leave = () => {
    setText(draftOf(approval));
    setEditing(false);
  };
  const send = (verdict: "approve" | "refuse", by: string, note: string, role: string) =>
    answer.mutate({ verdict, by, note, role, ...(verdict === "approve" && draft.changes.length > 0 && { arguments: draft.arguments }) });
  return (
    <article className={styles["detail"]} aria-label={`Approval of ${approval.target}`}>
      <div className={styles["scroll"]}>
        <div className={styles["main"]}>
          <Question approval={approval} runPath={runPath} />
          {!pending && <Outcome approval={approval} runPath={runPath} />}
          <Call approval={approval} text={text} draft={draft} editing={editing && pending} onEdit={pending ? () => setEditing(true) : undefined} onText={setText} onLeave={leave} />
          <div>{explanation}</div>
          <Context approval={approval} stepPath={(step: Step) => runPath(step.run, step.id)} />
        </div>
      </div>
      {pending && (
        <AnswerBar roles={openRoles(approval)} edited={edited} blocked={edited && draft.problems[0] ? `${draft.problems[0].path} ${draft.problems[0].message}` : undefined} sending={answer.isPending} problem={answer.error ? asProblem(answer.error) : null} onAnswer={send} />
      )}
      {!pending && answer.error && (
        <p role="alert" className={styles["conflict"]}>
          <b>{asProblem(answer.error).message}.</b> {asProblem(answer.error).detail} Your answer was not taken.
        </p>
      )}
    </article>
  );
}
