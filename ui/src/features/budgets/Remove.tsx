/** Ending a budget, once somebody has said so with a name. */
import { useRemoveBudget } from "~/api/budgets";
import type { Budget } from "~/api/types";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { amount, whose, WINDOWS } from "./amounts";
import { Said } from "./Said";

export function Remove({ budget, onClose, onGone }: { budget: Budget; onClose: () => void; onGone: () => void }) {
  const remove = useRemoveBudget(budget.id);
  const [by, setBy] = useRemembered("name", "");
  const missing = !by.trim() ? "Say who you are; it is recorded" : remove.isPending ? "Sending" : undefined;
  return (
    <Dialog
      title={`Remove the budget of ${whose(budget)}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="stop" disabledReason={missing} onClick={() => remove.mutate(by.trim(), { onSuccess: onGone })}>
            Remove it
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => event.preventDefault()}>
        <Field label="Your name">{(field) => <input {...field} data-first value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>
      </form>
      <Said error={remove.error}>
        {amount(budget.limit, budget.unit)} {WINDOWS[budget.window]} will not be kept to any more. Setting it again begins with what was used of it.
      </Said>
    </Dialog>
  );
}
