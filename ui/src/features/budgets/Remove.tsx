/** Ending a budget, once somebody has said so with a name. */
import { useRemoveBudget } from "~/api/budgets";
import type { Budget } from "~/api/types";
import { Asking } from "~/ui/Asking";
import { amount, whose, WINDOWS } from "./amounts";

export function Remove({ budget, onClose, onGone }: { budget: Budget; onClose: () => void; onGone: () => void }) {
  const remove = useRemoveBudget(budget.id);
  const says = `${amount(budget.limit, budget.unit)} ${WINDOWS[budget.window]} will not be kept to any more. Setting it again begins with what was used of it.`;
  return <Asking title={`Remove the budget of ${whose(budget)}?`} does="Remove it" look="stop" leaves="Keep it" sent={remove} says={says} onSend={(by) => remove.mutate(by, { onSuccess: onGone })} onClose={onClose} />;
}
