/** The run that is shown, laid out: fetched whole as columns, arranged in a worker, renewed while it goes on. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { SOUGHT } from "~/api/asking";
import { outlineQuery, windowQuery } from "~/api/runs";
import type { Step } from "~/api/types";
import { FLAG, STATES, type Outline } from "~/lib/outline";
import { useSettled } from "~/lib/settled";
import { Layout } from "./layout/client";
import type { Answers, Ask, Plan } from "./layout/desk";

/** An outline and what was made of exactly it. */
export type Laid = { outline: Outline; plan: Plan };

const RENEW_MS = 1_000;
const STEPS_PER_MS = 5;
const SETTLE_MS = 80;

let made: Layout | null = null;
/** One worker for the page, kept warm from run to run. */
const layout = () => (made ??= new Layout());

export function useLaid(run: string) {
  const query = useQuery({ ...outlineQuery(run), ...SOUGHT });
  const { data: outline, isStale, isFetching, refetch } = query;
  useEffect(() => {
    if (!outline || !isStale || isFetching) return;
    // A large run costs the server and the line more, so it is renewed less often.
    const timer = setTimeout(() => void refetch(), Math.max(RENEW_MS, outline.ids.length / STEPS_PER_MS));
    return () => clearTimeout(timer);
  }, [outline, isStale, isFetching, refetch]);
  const [laid, setLaid] = useState<Laid | null>(null);
  useEffect(() => {
    let wanted = true;
    layout();
    if (outline) void layout().load(outline, Date.now()).then((plan) => wanted && setLaid({ outline, plan }));
    return () => {
      wanted = false;
    };
  }, [outline]);
  return { query, laid: laid && laid.outline.run === run ? laid : null };
}

/** An answer of the worker beside the run that it is about; the one before stays until the next is there. */
export function useAsked<T extends Ask>(laid: Laid, ask: T): { laid: Laid; answer: Answers[T["type"]] } | null {
  const [shown, setShown] = useState<{ laid: Laid; answer: Answers[T["type"]] } | null>(null);
  useEffect(() => {
    let wanted = true;
    void layout()
      .ask(ask)
      .then((answer) => wanted && setShown({ laid, answer }));
    return () => {
      wanted = false;
    };
  }, [laid, ask]);
  return shown;
}

const NOTABLE = FLAG.error | FLAG.refused | FLAG.inFlight;
const NONE: ReadonlyMap<string, Step> = new Map();

/** What stands behind those of the rows in view that are worth a word: an error, a reason, what is waited for. */
export function useNotable({ outline }: Laid, rows: readonly number[]): ReadonlyMap<string, Step> {
  const ids = rows.filter((step) => (outline.columns.flags[step]! & NOTABLE) !== 0 || outline.columns.verdicts[step] === 2).map((step) => outline.ids[step]!);
  return useWindow(outline.run, ids);
}

/** The steps of these ids, as soon as they are there and the eye has come to rest on them. */
export function useWindow(run: string, ids: readonly string[]): ReadonlyMap<string, Step> {
  const settled = useSettled(ids.join(","), SETTLE_MS);
  const wanted = useMemo(() => (settled ? settled.split(",") : []), [settled]);
  const { data } = useQuery(windowQuery(run, wanted));
  return useMemo(() => (data ? new Map(data.items.map((step) => [step.id, step])) : NONE), [data]);
}

/** Index of a step; -1 when it has not arrived. */
export const indexOf = ({ outline }: Laid, id: string): number => (id ? outline.ids.indexOf(id) : -1);

/** The first step that waits for a person. */
export function useWaiting(laid: Laid | null): Step | undefined {
  const ids = useMemo(() => (laid ? waitingIds(laid) : []), [laid]);
  const steps = useWindow(laid?.outline.run ?? "", ids);
  return [...steps.values()].find((step) => step.state === "waiting" && step.approval);
}

const WAITING = STATES.indexOf("waiting");
const WAITING_MAX = 5;

function waitingIds({ outline: { columns, ids } }: Laid): string[] {
  const found: string[] = [];
  for (let step = 0; step < columns.count && found.length < WAITING_MAX; step++) if (columns.states[step] === WAITING) found.push(ids[step]!);
  return found;
}
