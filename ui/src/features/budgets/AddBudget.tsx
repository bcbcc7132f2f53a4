/** A budget to keep to from now on. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAddBudget } from "~/api/budgets";
import { keysQuery } from "~/api/gateway";
import type { Budget, BudgetAsk } from "~/api/types";
import { readAmount } from "~/lib/typed";
import { Asking, Pair } from "~/ui/Asking";
import { Field } from "~/ui/Field";
import { Pick } from "~/ui/Pick";

const SCOPES = { run: "run", session: "session", agent: "agent", team: "team", workflow: "workflow", customer: "customer", tag: "tag", key: "virtual key", org: "everything" } as const;
const UNITS = { usd: "usd", tokens: "tokens", calls: "calls", seconds: "seconds", records: "records" } as const;
const SPANS = { none: "in all", day: "each day", week: "each week", month: "each month" } as const;
const ENDS = { deny: "refuse the action", ask: "ask a person", halt: "stop the run" } as const;

type Draft = { scope: keyof typeof SCOPES; key: string; unit: keyof typeof UNITS; window: keyof typeof SPANS; verdict: keyof typeof ENDS; zone: string; limit: string; soft: string };

const EMPTY: Draft = { scope: "session", key: "", unit: "usd", window: "none", verdict: "deny", zone: Intl.DateTimeFormat().resolvedOptions().timeZone, limit: "", soft: "" };

export function AddBudget({ onAdded, onClose }: { onAdded: (budget: Budget) => void; onClose: () => void }) {
  const [draft, setDraft] = useState(EMPTY);
  const add = useAddBudget();
  const { scope, key, unit, window, verdict, zone } = draft;
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const lone = scope === "run" || scope === "session";
  const [limit, soft] = [readAmount(draft.limit), draft.soft.trim() ? readAmount(draft.soft) : null];
  const problem = limit === undefined ? "Say the limit" : soft === undefined ? "The warning is a number, or nothing" : undefined;
  const send = (by: string) => {
    if (limit === undefined || soft === undefined) return;
    const ask: BudgetAsk = { scope, key: scope === "org" ? "*" : key.trim() || "*", unit, limit, soft, window: lone ? "none" : window, time_zone: window === "none" || lone ? "UTC" : zone, verdict, unpriced: "deny", by };
    add.mutate(ask, { onSuccess: onAdded });
  };
  return (
    <Asking title="Set a budget" does="Set it" problem={problem} sent={add} says="Every process keeps to it from its next action on." onSend={send} onClose={onClose}>
      <Pair>
        <Pick label="For" value={scope} options={SCOPES} onChange={(next) => set({ scope: next, key: "" })} />
        {scope === "key" && <WhichKey value={key} onChange={(next) => set({ key: next })} />}
        {scope !== "org" && scope !== "key" && (
          <Field label="Which" hint={scope === "tag" ? "name=value, or name=* for each" : "empty for each of its own"}>
            {(field) => <input {...field} value={key} onChange={(event) => set({ key: event.target.value })} spellCheck={false} />}
          </Field>
        )}
      </Pair>
      <Pair>
        <Field label="Limit">{(field) => <input {...field} data-first inputMode="decimal" value={draft.limit} onChange={(event) => set({ limit: event.target.value })} />}</Field>
        <Pick label="Unit" value={unit} options={UNITS} onChange={(next) => set({ unit: next })} />
      </Pair>
      <Pair>
        <Field label="Warn from" hint="empty for no warning">
          {(field) => <input {...field} inputMode="decimal" value={draft.soft} onChange={(event) => set({ soft: event.target.value })} />}
        </Field>
        <Pick label="When it is spent" value={verdict} options={ENDS} onChange={(next) => set({ verdict: next })} />
      </Pair>
      {!lone && (
        <Pair>
          <Pick label="Window" value={window} options={SPANS} onChange={(next) => set({ window: next })} />
          {window !== "none" && <Field label="Time zone">{(field) => <input {...field} value={zone} onChange={(event) => set({ zone: event.target.value })} spellCheck={false} />}</Field>}
        </Pair>
      )}
    </Asking>
  );
}

/** Of the keys that are good now, one or each. */
function WhichKey({ value, onChange }: { value: string; onChange: (key: string) => void }) {
  const keys = useInfiniteQuery(keysQuery).data?.pages.flatMap((page) => page.items) ?? [];
  const good = keys.filter((key) => key.state === "active");
  return <Pick label="Which" value={value} options={Object.fromEntries([["", "each by itself"], ...good.map((key) => [key.id, `${key.name}, as ${key.agent}`])])} onChange={onChange} />;
}
