/** A new limit; what was used stays used. */
import { useState } from "react";
import { useEditBudget } from "~/api/budgets";
import type { Budget } from "~/api/types";
import { readAmount } from "~/lib/typed";
import { Asking, Pair } from "~/ui/Asking";
import { Field } from "~/ui/Field";
import { amount, whose } from "./amounts";

export function EditLimit({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const edit = useEditBudget(budget.id);
  const [limit, setLimit] = useState(String(budget.limit));
  const [soft, setSoft] = useState(budget.soft === null ? "" : String(budget.soft));
  const [newLimit, newSoft] = [readAmount(limit), soft.trim() ? readAmount(soft) : null];
  const problem = newLimit === undefined ? "The limit is a number" : newSoft === undefined ? "The warning is a number, or nothing" : newSoft !== null && newSoft > newLimit ? "It warns before it refuses" : undefined;
  const send = (by: string) => {
    if (newLimit === undefined || newSoft === undefined) return;
    edit.mutate({ limit: newLimit, ...(newSoft === null ? { warn: false } : { soft: newSoft, warn: true }), by }, { onSuccess: onClose });
  };
  return (
    <Asking title={`Change the limit of ${whose(budget)}`} does="Change it" problem={problem} sent={edit} says={`${amount(budget.used, budget.unit)} stay used. A limit below that refuses from the next action on.`} onSend={send} onClose={onClose}>
      <Pair>
        <Field label={`Limit, in ${budget.unit}`}>{(field) => <input {...field} data-first inputMode="decimal" value={limit} onChange={(event) => setLimit(event.target.value)} />}</Field>
        <Field label="Warn from" hint="empty for no warning">
          {(field) => <input {...field} inputMode="decimal" value={soft} onChange={(event) => setSoft(event.target.value)} />}
        </Field>
      </Pair>
    </Asking>
  );
}
