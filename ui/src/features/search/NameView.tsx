/** A name for a search: a new view, or another name for one. */
import { useState } from "react";
import { asProblem } from "~/api/problem";
import { useEditView, useSaveView } from "~/api/search";
import type { View } from "~/api/types";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import styles from "./Views.module.css";

type Props = { title: string; /** The view to rename; null saves a new one. */ view: View | null; q: string; sort: string; onClose: () => void; onNamed: (view: View) => void };

export function NameView({ title, view, q, sort, onClose, onNamed }: Props) {
  const [name, setName] = useState(view?.name ?? "");
  const [by, setBy] = useRemembered("name", "");
  const save = useSaveView();
  const edit = useEditView();
  const error = save.error ?? edit.error;
  const missing = !name.trim() ? "Give it a name" : !view && !by.trim() ? "Say who you are; others see it" : undefined;
  const send = () => {
    if (missing) return;
    if (view) edit.mutate({ view: view.id, name: name.trim() }, { onSuccess: onNamed });
    else save.mutate({ name: name.trim(), q, sort, noun: "runs", by: by.trim() }, { onSuccess: onNamed });
  };
  useKeys({ "mod+Enter": send });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" keys={`${MOD} ↵`} disabledReason={missing} onClick={send}>
            Save
          </Button>
        </>
      }
    >
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Field label="Name">{(field) => <input {...field} data-first value={name} onChange={(event) => setName(event.target.value)} maxLength={80} />}</Field>
        {!view && <Field label="Your name">{(field) => <input {...field} value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>}
        {error && <Said error={error} />}
      </form>
    </Dialog>
  );
}

function Said({ error }: { error: unknown }) {
  const { message, detail, hint } = asProblem(error);
  return (
    <p role="alert" className={styles["problem"]}>
      <b>{message}.</b> {detail} {hint}
    </p>
  );
}
