/** The answer: approve, approve with edits, or refuse with a reason. */
import { useRef, useState } from "react";
import type { Problem } from "~/api/problem";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import styles from "./AnswerBar.module.css";

type Props = {
  roles: readonly string[];
  edited: boolean;
  /** Why the edited arguments cannot be approved. */
  blocked: string | undefined;
  sending: boolean;
  problem: Problem | null;
  onAnswer: (verdict: "approve" | "refuse", by: string, note: string, role: string) => void;
};

export function AnswerBar({ roles, edited, blocked, sending, problem, onAnswer }: Props) {
  const [by, setBy] = useRemembered("name", "");
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState<"name" | "reason" | null>(null);
  const [role, setRole] = useState(roles[0] ?? "");
  const nameField = useRef<HTMLInputElement>(null);
  const noteField = useRef<HTMLInputElement>(null);
  const want = (field: "name" | "reason") => {
    setAsked(field);
    (field === "name" ? nameField : noteField).current?.focus();
  };
  const answer = (verdict: "approve" | "refuse") => {
    if (sending) return;
    if (verdict === "refuse" && !note.trim()) return want("reason");
    if (!by.trim()) return want("name");
    if (verdict === "approve" && blocked) return;
    setAsked(null);
    onAnswer(verdict, by.trim(), note.trim(), roles.includes(role) ? role : (roles[0] ?? ""));
  };
  useKeys({ "mod+Enter": () => answer("approve"), r: () => want("reason") });
  return (
    <form className={styles["bar"]} aria-label="Answer" onSubmit={(event) => event.preventDefault()}>
      <Said asked={asked} problem={problem} />
      <div className={styles["row"]}>
        {roles.length > 1 && (
          <select aria-label="Answer as" value={role} onChange={(event) => setRole(event.target.value)}>
            {roles.map((each) => (
              <option key={each} value={each}>
                as {each}
              </option>
            ))}
          </select>
        )}
        <input ref={nameField} aria-label="Your name" placeholder="Your name" className={styles["name"]} value={by} onChange={(event) => setBy(event.target.value)} aria-invalid={asked === "name" && !by.trim()} maxLength={120} autoComplete="name" />
        <input ref={noteField} aria-label="Note" placeholder="Note; a refusal needs its reason" className={styles["note"]} value={note} onChange={(event) => setNote(event.target.value)} aria-invalid={asked === "reason" && !note.trim()} maxLength={1000} />
        <Button onClick={() => answer("refuse")} icon="deny" keys="R" disabledReason={sending ? "Sending" : undefined}>
          Refuse
        </Button>
        <Button look="ink" onClick={() => answer("approve")} icon="allow" keys={`${MOD} ↵`} disabledReason={sending ? "Sending" : blocked}>
          {edited ? "Approve with edits" : "Approve"}
        </Button>
      </div>
    </form>
  );
}

function Said({ asked, problem }: { asked: "name" | "reason" | null; problem: Problem | null }) {
  if (problem) {
    return (
      <p role="alert" className={styles["problem"]}>
        <b>{problem.message}.</b> {problem.detail} {problem.hint}
      </p>
    );
  }
  if (asked === null) return null;
  return (
    <p role="alert" className={styles["problem"]}>
      {asked === "name" ? "Say who you are; it is recorded." : "Say why you refuse; the agent is told, and it is recorded."}
    </p>
  );
}
