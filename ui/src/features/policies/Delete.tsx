/** Taking a policy file out of force, once somebody has said so with a name. */
import { useDelete } from "~/api/policies";
import { asProblem } from "~/api/problem";
import type { Pack } from "~/api/types";
import { plural } from "~/lib/counts";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import styles from "./Pane.module.css";

type Props = { name: string; /** Absent for a file of tests. */ pack: Pack | undefined; onClose: () => void; onGone: () => void };

export function Delete({ name, pack, onClose, onGone }: Props) {
  const remove = useDelete(name);
  const [by, setBy] = useRemembered("name", "");
  const missing = !by.trim() ? "Say who you are; it is recorded" : remove.isPending ? "Sending" : undefined;
  const problem = remove.error ? asProblem(remove.error) : undefined;
  return (
    <Dialog
      title={`Delete ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="stop" disabledReason={missing} onClick={() => remove.mutate(by.trim(), { onSuccess: onGone })}>
            Delete it
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => event.preventDefault()}>
        <Field label="Your name">{(field) => <input {...field} data-first value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>
      </form>
      {problem ? (
        <p role="alert" className={styles["problem"]}>
          <b>{problem.message}.</b> {problem.detail} {problem.hint}
        </p>
      ) : (
        <p>{consequence(pack)} Its versions stay: saving a file of this name goes on from them.</p>
      )}
    </Dialog>
  );
}

/** What deleting it does, said before it is done. */
function consequence(pack: Pack | undefined): string {
  if (!pack) return "Its tests will not be run any more.";
  const allows = pack.rules.some((rule) => rule.effect === "permit");
  const rules = `${plural(pack.rules.length, "rule")} will go out of force, in every process.`;
  return allows ? `${rules} What only this file allows will be refused.` : rules;
}
