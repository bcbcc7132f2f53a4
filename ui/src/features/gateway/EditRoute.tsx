/** A name that clients use as a model, and what it stands for. */
import { useState } from "react";
import { useSetRoute } from "~/api/gateway";
import type { GatewayRoute } from "~/api/types";
import { readAmount } from "~/lib/typed";
import { Asking, Pair } from "~/ui/Asking";
import { Field } from "~/ui/Field";
import { Pick } from "~/ui/Pick";
import { STRATEGIES } from "./routeColumns";
import { readTargets, writeTargets } from "./targets";

const CACHES = { none: "nothing", exact: "the same request", both: "the same, or one that means the same" } as const;
const STICKY = { yes: "stays with its target", no: "may change its target" } as const;
const NO_CACHE: NonNullable<GatewayRoute["cache"]> = { exact: false, semantic: false, ttl_s: 300, bytes_max: 67_108_864, threshold: 0.95, embeddings: "local", tools: false, personal: false, sample: 0.02 };

const NOTHING: readonly string[] = [];

type Draft = { alias: string; targets: string; strategy: GatewayRoute["strategy"]; tries: string; hedge: string; sticky: keyof typeof STICKY; cache: keyof typeof CACHES; ttl: string; threshold: string; embeddings: string; escalate: string };

function draftOf(route: GatewayRoute | undefined, first: string): Draft {
  const cache = route?.cache;
  return { alias: route?.alias ?? "", targets: route ? writeTargets(route.targets) : first, strategy: route?.strategy ?? "order", tries: String(route?.tries ?? 3), hedge: route?.hedge_ms ? String(route.hedge_ms) : "", sticky: (route?.sticky ?? true) ? "yes" : "no", cache: cache?.semantic ? "both" : cache?.exact ? "exact" : "none", ttl: String(cache?.ttl_s ?? NO_CACHE.ttl_s), threshold: String(cache?.threshold ?? NO_CACHE.threshold), embeddings: cache?.embeddings ?? NO_CACHE.embeddings, escalate: route?.escalate ? String(route.escalate.threshold) : "" };
}

type Props = { route?: GatewayRoute; taken?: readonly string[]; /** A target to begin with. */ first?: string; onSet: (route: GatewayRoute) => void; onClose: () => void };

export function EditRoute({ route, taken = NOTHING, first = "", onSet, onClose }: Props) {
  const [draft, setDraft] = useState(() => draftOf(route, first));
  const store = useSetRoute(draft.alias.trim());
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const alias = draft.alias.trim();
  const { targets, problem: broken } = readTargets(draft.targets);
  const [tries, hedge, ttl, threshold, escalate] = [readAmount(draft.tries), draft.hedge.trim() ? readAmount(draft.hedge) : 0, readAmount(draft.ttl), readAmount(draft.threshold), draft.escalate.trim() ? readAmount(draft.escalate) : null];
  const problem = !/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/.test(alias) ? "A name of letters, digits, dots and dashes" : !route && taken.includes(alias) ? "There is a route of that name" : (broken ?? (tries === undefined || tries < 1 || tries > 16 ? "It tries 1 to 16 targets" : hedge === undefined || hedge > 60_000 ? "It waits up to 60,000 milliseconds for a first byte" : ttl === undefined || threshold === undefined || threshold > 1 ? "Seconds to keep, and a likeness between 0 and 1" : escalate === undefined || (escalate ?? 0) > 1 ? "It is sure of something between 0 and 1" : undefined));
  const send = (by: string) => {
    if (tries === undefined || hedge === undefined || ttl === undefined || threshold === undefined || escalate === undefined) return;
    const cache = draft.cache === "none" ? null : { ...NO_CACHE, ...route?.cache, exact: true, semantic: draft.cache === "both", ttl_s: ttl, threshold, embeddings: draft.embeddings.trim() || NO_CACHE.embeddings };
    store.mutate({ targets, strategy: draft.strategy, tries: Math.round(tries), retry_ratio: route?.retry_ratio ?? 0.2, sticky: draft.sticky === "yes", hedge_ms: Math.round(hedge), cache, escalate: escalate === null ? null : { confidence: "words", ...route?.escalate, threshold: escalate }, by }, { onSuccess: onSet });
  };
  return (
    <Asking title={route ? `Change the route ${route.alias}` : "Add a route"} does={route ? "Change it" : "Add it"} wide problem={problem} sent={store} says="Calls that have begun end as they began." onSend={send} onClose={onClose}>
      {!route && (
        <Field label="Name" hint="what clients ask for as a model">
          {(field) => <input {...field} data-first value={draft.alias} maxLength={128} spellCheck={false} onChange={(event) => set({ alias: event.target.value })} />}
        </Field>
      )}
      <Field label="Targets" hint="one a line: provider/model, then a weight" problem={draft.targets.trim() ? broken : undefined}>
        {(field) => <textarea {...field} rows={Math.max(3, draft.targets.split("\n").length)} value={draft.targets} spellCheck={false} placeholder={"anthropic/claude-sonnet-4-5\nopenai/gpt-4o"} onChange={(event) => set({ targets: event.target.value })} />}
      </Field>
      <Pair>
        <Pick label="Chooses" value={draft.strategy} options={STRATEGIES} onChange={(strategy) => set({ strategy })} />
        <Pick label="A session" value={draft.sticky} options={STICKY} onChange={(sticky) => set({ sticky })} />
      </Pair>
      <Pair>
        <Field label="Tries at most">{(field) => <input {...field} inputMode="numeric" value={draft.tries} onChange={(event) => set({ tries: event.target.value })} />}</Field>
        <Field label="Asks a second one after" hint="milliseconds without a first byte; empty never does">
          {(field) => <input {...field} inputMode="numeric" value={draft.hedge} onChange={(event) => set({ hedge: event.target.value })} />}
        </Field>
      </Pair>
      <Field label="Escalates when less sure than" hint="0 to 1; empty never asks the next for a better answer">
        {(field) => <input {...field} inputMode="decimal" value={draft.escalate} onChange={(event) => set({ escalate: event.target.value })} />}
      </Field>
      <Pair>
        <Pick label="Cache" value={draft.cache} options={CACHES} onChange={(cache) => set({ cache })} />
        {draft.cache !== "none" && <Field label="Kept for, in seconds">{(field) => <input {...field} inputMode="numeric" value={draft.ttl} onChange={(event) => set({ ttl: event.target.value })} />}</Field>}
      </Pair>
      {draft.cache === "both" && (
        <Pair>
          <Field label="Hit from a likeness of" hint="0 to 1; the higher, the fewer false hits">
            {(field) => <input {...field} inputMode="decimal" value={draft.threshold} onChange={(event) => set({ threshold: event.target.value })} />}
          </Field>
          <Field label="Compared by" hint="local, or provider/model of an embeddings endpoint">
            {(field) => <input {...field} value={draft.embeddings} onChange={(event) => set({ embeddings: event.target.value })} spellCheck={false} />}
          </Field>
        </Pair>
      )}
    </Asking>
  );
}
