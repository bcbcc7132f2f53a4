/** A new limit; what was used stays used. */
import { useState } from "react";
import { useEditBudget } from "~/api/budgets";
import type { Budget } from "~/api/types";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { amount, whose } from "./amounts";
import styles from "./BudgetPane.module.css";
import { Said } from "./Said";
import { readAmount } from "./typed";

export function EditLimit({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const edit = useEditBudget(budget.id);
  const [by, setBy] = useRemembered("name", "");
  const [limit, setLimit] = useState(String(budget.limit));
  const [soft, setSoft] = useState(budget.soft === null ? "" : String(budget.soft));
  const [newLimit, newSoft] = [readAmount(limit), soft.trim() ? readAmount(soft) : null];
  const problem = newLimit === undefined ? "The limit is a number" : newSoft === undefined ? "The warning is a number, or nothing" : newSoft !== null && newSoft > newLimit ? "It warns before it refuses" : !by.trim() ? "Say who you are; it is recorded" : undefined;
  const send = () => {
    if (problem || edit.isPending || newLimit === undefined || newSoft === undefined) return;
    edit.mutate({ limit: newLimit, ...(newSoft === null ? { warn: false } : { soft: newSoft, warn: true }), by: by.trim() }, { onSuccess: onClose });
  };
  useKeys({ "mod+Enter": send });
  return (
    <Dialog
      title={`Change the limit of ${whose(budget)}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" keys={`${MOD} ↵`} disabledReason={problem ?? (edit.isPending ? "Sending" : undefined)} onClick={send}>
            Change it
          </Button>
        </>
      }
    >
      <form className={styles["form"]} onSubmit={(event) => event.preventDefault()}>
        <div className={styles["pair"]}>
          <Field label={`Limit, in ${budget.unit}`}>{(field) => <input {...field} data-first inputMode="decimal" value={limit} onChange={(event) => setLimit(event.target.value)} />}</Field>
          <Field label="Warn from" hint="empty for no warning">
            {(field) => <input {...field} inputMode="decimal" value={soft} onChange={(event) => setSoft(event.target.value)} />}
          </Field>
        </div>
        <Field label="Your name">{(field) => <input {...field} value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>
      </form>
      <Said error={edit.error}>{amount(budget.used, budget.unit)} stay used. A limit below that refuses from the next action on.</Said>
    </Dialog>
  );
}
