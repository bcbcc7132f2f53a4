/** A person says that a refusal was wrong: it counts against the rule, which may then step back by itself. */
import { useState } from "react";
import { useFalseBlock } from "~/api/decisions";
import { asProblem } from "~/api/problem";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import styles from "./FalseBlock.module.css";

export function FalseBlock({ step, asked }: { step: string; /** It asked a person; nothing was refused yet. */ asked: boolean }) {
  const [open, setOpen] = useState(false);
  const call = useFalseBlock(step);
  const told = call.data?.items.map((one) => one.rule).join(", ");
  if (told) {
    return (
      <p role="status" className={styles["told"]}>
        Counted as wrong against <code>{told}</code>
      </p>
    );
  }
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {asked ? "Nobody had to be asked" : "This refusal was wrong"}
      </Button>
      {open && <Ask asked={asked} problem={call.error} sending={call.isPending} onSend={(by, note) => call.mutate({ by, note, rule: "" })} onClose={() => setOpen(false)} />}
    </>
  );
}

type AskProps = { asked: boolean; problem: unknown; sending: boolean; onSend: (by: string, note: string) => void; onClose: () => void };

function Ask({ asked, problem, sending, onSend, onClose }: AskProps) {
  const [by, setBy] = useRemembered("name", "");
  const [note, setNote] = useState("");
  const missing = by.trim() ? undefined : "Say who you are; it is recorded";
  const send = () => !missing && !sending && onSend(by.trim(), note.trim());
  useKeys({ "mod+Enter": send });
  return (
    <Dialog
      title={asked ? "Nobody had to be asked" : "This refusal was wrong"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" keys={`${MOD} ↵`} disabledReason={missing ?? (sending ? "Sending" : undefined)} onClick={send}>
            Count it as wrong
          </Button>
        </>
      }
    >
      <form className={styles["form"]} onSubmit={(event) => event.preventDefault()}>
        <Field label="What should have happened">{(field) => <input {...field} data-first value={note} onChange={(event) => setNote(event.target.value)} maxLength={1000} />}</Field>
        <Field label="Your name">{(field) => <input {...field} value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>
      </form>
      {problem ? (
        <p role="alert" className={styles["problem"]}>
          {asProblem(problem).message}. {asProblem(problem).detail} {asProblem(problem).hint}
        </p>
      ) : (
        <p className={styles["meaning"]}>{asked ? "The question stays open." : "The action stays refused."} When too many refusals of a rule are called wrong, the rule steps back one level by itself.</p>
      )}
    </Dialog>
  );
}
