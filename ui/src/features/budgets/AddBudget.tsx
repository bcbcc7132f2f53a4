/** A budget to keep to from now on. */
import { useState } from "react";
import { useAddBudget } from "~/api/budgets";
import type { Budget, BudgetAsk } from "~/api/types";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import styles from "./BudgetPane.module.css";
import { Said } from "./Said";
import { readAmount } from "./typed";

const SCOPES = ["run", "session", "agent", "team", "workflow", "customer", "tag", "org"] as const;
const UNITS = ["usd", "tokens", "calls", "seconds"] as const;
const SPANS = { none: "in all", day: "each day", week: "each week", month: "each month" } as const;
const ENDS = { deny: "refuse the action", ask: "ask a person", halt: "stop the run" } as const;

type Draft = { scope: BudgetAsk["scope"]; key: string; unit: BudgetAsk["unit"]; window: NonNullable<BudgetAsk["window"]>; verdict: NonNullable<BudgetAsk["verdict"]>; zone: string; limit: string; soft: string };

const EMPTY: Draft = { scope: "session", key: "", unit: "usd", window: "none", verdict: "deny", zone: Intl.DateTimeFormat().resolvedOptions().timeZone, limit: "", soft: "" };

export function AddBudget({ onAdded, onClose }: { onAdded: (budget: Budget) => void; onClose: () => void }) {
  const [draft, setDraft] = useState(EMPTY);
  const [by, setBy] = useRemembered("name", "");
  const add = useAddBudget();
  const { scope, key, unit, window, verdict, zone } = draft;
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const lone = scope === "run" || scope === "session";
  const [limit, soft] = [readAmount(draft.limit), draft.soft.trim() ? readAmount(draft.soft) : null];
  const problem = limit === undefined ? "Say the limit" : soft === undefined ? "The warning is a number, or nothing" : !by.trim() ? "Say who you are; it is recorded" : undefined;
  const send = () => {
    if (problem || add.isPending || limit === undefined || soft === undefined) return;
    add.mutate({ scope, key: scope === "org" ? "*" : key.trim() || "*", unit, limit, soft, window: lone ? "none" : window, time_zone: window === "none" || lone ? "UTC" : zone, verdict, unpriced: "deny", by: by.trim() }, { onSuccess: onAdded });
  };
  useKeys({ "mod+Enter": send });
  return (
    <Dialog
      title="Set a budget"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" keys={`${MOD} ↵`} disabledReason={problem ?? (add.isPending ? "Sending" : undefined)} onClick={send}>
            Set it
          </Button>
        </>
      }
    >
      <form className={styles["form"]} onSubmit={(event) => event.preventDefault()}>
        <div className={styles["pair"]}>
          <Pick label="For" value={scope} options={Object.fromEntries(SCOPES.map((each) => [each, each === "org" ? "everything" : each]))} onChange={(next) => set({ scope: next as Draft["scope"] })} />
          {scope !== "org" && (
            <Field label="Which" hint={scope === "tag" ? "name=value, or name=* for each" : "empty for each of its own"}>
              {(field) => <input {...field} value={key} onChange={(event) => set({ key: event.target.value })} spellCheck={false} />}
            </Field>
          )}
        </div>
        <div className={styles["pair"]}>
          <Field label="Limit">{(field) => <input {...field} data-first inputMode="decimal" value={draft.limit} onChange={(event) => set({ limit: event.target.value })} />}</Field>
          <Pick label="Unit" value={unit} options={Object.fromEntries(UNITS.map((each) => [each, each]))} onChange={(next) => set({ unit: next as Draft["unit"] })} />
        </div>
        <div className={styles["pair"]}>
          <Field label="Warn from" hint="empty for no warning">
            {(field) => <input {...field} inputMode="decimal" value={draft.soft} onChange={(event) => set({ soft: event.target.value })} />}
          </Field>
          <Pick label="When it is spent" value={verdict} options={ENDS} onChange={(next) => set({ verdict: next as Draft["verdict"] })} />
        </div>
        {!lone && (
          <div className={styles["pair"]}>
            <Pick label="Window" value={window} options={SPANS} onChange={(next) => set({ window: next as Draft["window"] })} />
            {window !== "none" && <Field label="Time zone">{(field) => <input {...field} value={zone} onChange={(event) => set({ zone: event.target.value })} spellCheck={false} />}</Field>}
          </div>
        )}
        <Field label="Your name">{(field) => <input {...field} value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>
      </form>
      <Said error={add.error}>Every process keeps to it from its next action on.</Said>
    </Dialog>
  );
}

type PickProps = { label: string; value: string; options: Readonly<Record<string, string>>; onChange: (value: string) => void };

function Pick({ label, value, options, onChange }: PickProps) {
  return (
    <Field label={label}>
      {(field) => (
        <select {...field} value={value} onChange={(event) => onChange(event.target.value)}>
          {Object.entries(options).map(([each, word]) => (
            <option key={each} value={each}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
