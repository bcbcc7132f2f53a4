/** A key for a client: whom it stands for, what it may ask and spend, and until when. */
import { useState } from "react";
import { useMakeKey } from "~/api/gateway";
import type { NewGatewayKey } from "~/api/types";
import { readAmount, readNames } from "~/lib/typed";
import { Asking, Pair } from "~/ui/Asking";
import { Field } from "~/ui/Field";
import { Pick } from "~/ui/Pick";

const SPANS = { none: "in all", day: "each day", week: "each week", month: "each month" } as const;
const ENDS = { never: "never", week: "in 7 days", month: "in 30 days", quarter: "in 90 days", year: "in a year" } as const;
const DAY_S = 86_400;
const LASTS_S: Record<keyof typeof ENDS, number | null> = { never: null, week: 7 * DAY_S, month: 30 * DAY_S, quarter: 90 * DAY_S, year: 365 * DAY_S };

type Draft = { name: string; agent: string; owner: string; models: string; labels: string; budget: string; window: keyof typeof SPANS; ends: keyof typeof ENDS };

const EMPTY: Draft = { name: "", agent: "", owner: "", models: "", labels: "", budget: "", window: "day", ends: "quarter" };

type Props = { /** Names that a route gives to models, to choose from. */ aliases: readonly string[]; onMade: (key: NewGatewayKey) => void; onClose: () => void };

export function MakeKey({ aliases, onMade, onClose }: Props) {
  const [draft, setDraft] = useState(EMPTY);
  const make = useMakeKey();
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const budget = draft.budget.trim() ? readAmount(draft.budget) : null;
  const problem = !draft.name.trim() ? "Give it a name" : !draft.agent.trim() ? "Say whom its calls are judged as" : budget === undefined ? "The budget is a number, or nothing" : undefined;
  const send = (by: string) => {
    if (budget === undefined) return;
    make.mutate({ name: draft.name.trim(), agent: draft.agent.trim(), owner: draft.owner.trim(), version: "", project: "", models: readNames(draft.models), labels: readNames(draft.labels), budget_usd: budget, budget_window: budget === null ? "none" : draft.window, ttl_s: LASTS_S[draft.ends], by }, { onSuccess: onMade });
  };
  return (
    <Asking title="Make a key" does="Make it" wide problem={problem} sent={make} says="The key itself is shown once, and kept nowhere." onSend={send} onClose={onClose}>
      <Pair>
        <Field label="Name" hint="who or what holds it">
          {(field) => <input {...field} data-first value={draft.name} maxLength={256} onChange={(event) => set({ name: event.target.value })} />}
        </Field>
        <Field label="Acts as agent" hint="policies and budgets of this agent hold">
          {(field) => <input {...field} value={draft.agent} maxLength={256} spellCheck={false} onChange={(event) => set({ agent: event.target.value })} />}
        </Field>
      </Pair>
      <Field label="May ask" hint={`${aliases.length > 0 ? `${aliases.join(", ")}, ` : ""}openai/gpt-4o*, claude-*; empty for every model`}>
        {(field) => <input {...field} value={draft.models} spellCheck={false} onChange={(event) => set({ models: event.target.value })} />}
      </Field>
      <Pair>
        <Field label="May spend, in USD" hint="empty for no limit of its own">
          {(field) => <input {...field} inputMode="decimal" value={draft.budget} onChange={(event) => set({ budget: event.target.value })} />}
        </Field>
        <Pick label="Counted" value={draft.window} options={SPANS} onChange={(window) => set({ window })} />
      </Pair>
      <Pair>
        <Pick label="Ends" value={draft.ends} options={ENDS} onChange={(ends) => set({ ends })} />
        <Field label="Owner" hint="a team or a person">
          {(field) => <input {...field} value={draft.owner} maxLength={256} onChange={(event) => set({ owner: event.target.value })} />}
        </Field>
      </Pair>
      <Field label="Data labels" hint="every session of the key begins with them, e.g. customer-data">
        {(field) => <input {...field} value={draft.labels} spellCheck={false} onChange={(event) => set({ labels: event.target.value })} />}
      </Field>
    </Asking>
  );
}
