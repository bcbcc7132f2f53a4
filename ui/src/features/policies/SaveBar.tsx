/** Saving a draft puts it in force; a draft that cannot be used is not saved. */
import { useRef } from "react";
import { useSave } from "~/api/policies";
import { asProblem } from "~/api/problem";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { dropDraft, type Draft } from "./drafts";
import styles from "./Pane.module.css";

type Props = { draft: Draft; edited: boolean; isNew: boolean; /** Why it cannot be used. */ broken: string | undefined; /** A dialog is on top; keys are its own. */ resting: boolean };

export function SaveBar({ draft, edited, isNew, broken, resting }: Props) {
  const save = useSave();
  const [by, setBy] = useRemembered("name", "");
  const name = useRef<HTMLInputElement>(null);
  const blocked = !edited ? "Nothing is edited" : (broken ?? (save.isPending ? "Saving" : undefined));
  const send = () => {
    if (blocked) return;
    if (!by.trim()) return name.current?.focus();
    save.mutate({ ...draft, by: by.trim() }, { onSuccess: () => dropDraft(draft.name) });
  };
  useKeys({ "mod+Enter": send }, !resting);
  return (
    <form className={styles["save"]} aria-label="Save" onSubmit={(event) => event.preventDefault()}>
      {save.error ? (
        <p role="alert" className={styles["problem"]}>
          <b>{asProblem(save.error).message}.</b> {asProblem(save.error).detail} {asProblem(save.error).hint}
        </p>
      ) : (
        <p role="status">{edited ? (broken ? "It cannot be saved while it cannot be used." : "Saving puts it in force everywhere at once.") : save.data ? `Version ${save.data.n} is in force.` : ""}</p>
      )}
      <input ref={name} aria-label="Your name" placeholder="Your name" value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />
      {edited && (
        <Button look="quiet" onClick={() => dropDraft(draft.name)}>
          {isNew ? "Discard the file" : "Discard"}
        </Button>
      )}
      <Button look="ink" keys={`${MOD} ↵`} disabledReason={blocked ?? (by.trim() ? undefined : "Say who you are; it is recorded")} onClick={send}>
        Save
      </Button>
    </form>
  );
}
