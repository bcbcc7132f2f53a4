/** The server's events, folded into the query cache in small batches. */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { find } from "./asking";
import type { Approval, Budget, Page, Run, RunSummary, Step } from "./types";

export type Link = "connecting" | "live" | "lost";

const BATCH_MS = 150;
const REFRESH_MS = 1000;
const RETRY_MS = 2000;
const LATE_MS = 2500;

const TYPES = ["run.updated", "step.updated", "approval.updated", "kill.updated", "fleet.updated", "ledger.updated", "policy.updated", "budget.updated", "breaker.updated", "slo.updated", "gateway.updated", "policy.error"] as const;
type EventType = (typeof TYPES)[number];

/** What sums runs up; asked for again when one of them changes, if anybody looks. */
const OF_RUNS = ["sessions", "session", "session-runs", "links"] as const;

type Batch = { runs: Map<string, RunSummary>; steps: Map<string, Step>; approvals: Map<string, Approval>; budgets: Map<string, Budget>; stale: Set<string> };

const empty = (): Batch => ({ runs: new Map(), steps: new Map(), approvals: new Map(), budgets: new Map(), stale: new Set() });

/** Follow `/v1/events` until told to stop. A dropped line resumes after the last event that was seen. */
export function follow(client: QueryClient, onLink: (link: Link) => void): () => void {
  const take = folding(client);
  let source = new EventSource("/v1/events");
  let retry: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    for (const type of TYPES) source.addEventListener(type, (event: MessageEvent<string>) => take(type, JSON.parse(event.data)));
    source.addEventListener("open", () => {
      onLink("live");
      // Whatever changed while the line was down may have left the ring already.
      void client.invalidateQueries();
    });
    source.addEventListener("error", () => {
      onLink("lost");
      // A refused stream is closed for good by the browser; a dropped one reconnects by itself.
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(reopen, RETRY_MS);
    });
  };
  const reopen = () => {
    source = new EventSource("/v1/events");
    begin();
  };
  begin();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}

/** Collects events for a moment, so that a burst renders once. */
function folding(client: QueryClient): (type: EventType, value: unknown) => void {
  const refresh = refreshing(client);
  let batch = empty();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    timer = null;
    const { runs, steps, approvals, budgets, stale } = batch;
    batch = empty();
    if (runs.size) applyRuns(client, runs, stale);
    if (steps.size) applySteps(client, steps, stale);
    if (approvals.size) applyApprovals(client, approvals, stale);
    if (budgets.size) applyBudgets(client, budgets, stale);
    for (const key of stale) refresh(key);
  };
  return (type, value) => {
    collect(batch, type, value);
    timer ??= setTimeout(flush, BATCH_MS);
  };
}

// The server's own types arrive under these names; schemas/openapi.json describes their shapes.
function collect(batch: Batch, type: EventType, value: unknown): void {
  if (type === "run.updated") {
    batch.runs.set((value as RunSummary).id, value as RunSummary);
    for (const key of OF_RUNS) batch.stale.add(key);
  } else if (type === "step.updated") batch.steps.set((value as Step).id, value as Step);
  else if (type === "approval.updated") batch.approvals.set((value as Approval).id, value as Approval);
  else if (type === "budget.updated") batch.budgets.set((value as Budget).id, value as Budget);
  else if (type === "breaker.updated") batch.stale.add("breakers");
  else if (type === "slo.updated") batch.stale.add("slos");
  else if (type === "gateway.updated") batch.stale.add("gateway");
  else if (type === "kill.updated") batch.stale.add("fleet").add("run");
  else if (type === "fleet.updated") batch.stale.add("fleet");
  else if (type === "ledger.updated") batch.stale.add("ledger");
  else if (type === "policy.updated") batch.stale.add("policies").add("enforcement");
  else batch.stale.add("health").add("policies");
}

/** At most one refresh a second for each kind of thing, never cutting short one that is under way; what changed meanwhile is caught up after. */
function refreshing(client: QueryClient): (key: string) => void {
  const pending = new Map<string, boolean>();
  const refresh = (key: string) => {
    const busy = client.isFetching({ queryKey: [key] }) > 0;
    if (!busy) void client.invalidateQueries({ queryKey: [key] });
    pending.set(key, busy);
    setTimeout(() => {
      const again = pending.get(key);
      pending.delete(key);
      if (again) refresh(key);
    }, REFRESH_MS);
  };
  return (key) => {
    if (pending.has(key)) pending.set(key, true);
    else refresh(key);
  };
}

type Pages<T> = InfiniteData<Page<T>>;

/** Put newer versions in place of the ones on the pages; says which were found. */
function replace<T extends { id: string }>(data: Pages<T>, newer: ReadonlyMap<string, T>): { data: Pages<T>; found: Set<string> } {
  const found = new Set<string>();
  const pages = data.pages.map((page) => {
    if (!page.items.some((item) => newer.has(item.id))) return page;
    const items = page.items.map((item) => {
      const update = newer.get(item.id);
      if (update) found.add(item.id);
      return update ?? item;
    });
    return { ...page, items };
  });
  return { data: found.size ? { ...data, pages } : data, found };
}

function applyRuns(client: QueryClient, newer: ReadonlyMap<string, RunSummary>, stale: Set<string>): void {
  for (const [key, data] of client.getQueriesData<Pages<RunSummary>>({ queryKey: ["runs"] })) {
    if (!data) continue;
    const result = replace(data, newer);
    client.setQueryData(key, result.data);
    if (result.found.size < newer.size) stale.add("runs");
  }
  outdate(client, [...newer.values()].map((run) => run.trace));
  for (const run of newer.values()) {
    client.setQueryData<Run>(["run", run.id], (old) => old && { ...old, ...run });
    for (const key of ["run", "outline"]) find(client, [key, run.id]);
    for (const [key, old] of client.getQueriesData<Run>({ queryKey: ["run"] })) {
      if (old && old.trace === run.trace && old.id !== run.id) void client.invalidateQueries({ queryKey: key });
    }
  }
}

function applySteps(client: QueryClient, newer: ReadonlyMap<string, Step>, stale: Set<string>): void {
  outdate(client, [...newer.values()].map((step) => step.trace));
  stale.add("window");
  for (const id of newer.keys()) for (const key of ["step", "explanation"]) void client.invalidateQueries({ queryKey: [key, id] });
}

/** Outlines of these traces are no longer whole; the page that shows one asks again as often as its size allows. */
function outdate(client: QueryClient, traces: readonly string[]): void {
  const changed = new Set(traces);
  const mark = () => {
    for (const [key, data] of client.getQueriesData<{ trace: string }>({ queryKey: ["outline"] })) {
      if (data && changed.has(data.trace)) void client.invalidateQueries({ queryKey: key, refetchType: "none" });
    }
  };
  mark();
  // An answer under way may have missed the change, and spans follow their steps by a second or two.
  setTimeout(mark, LATE_MS);
}

function applyApprovals(client: QueryClient, newer: ReadonlyMap<string, Approval>, stale: Set<string>): void {
  for (const approval of newer.values()) client.setQueryData(["approval", approval.id], approval);
  stale.add("approvals").add("fleet");
}

function applyBudgets(client: QueryClient, newer: ReadonlyMap<string, Budget>, stale: Set<string>): void {
  for (const [key, data] of client.getQueriesData<Pages<Budget>>({ queryKey: ["budgets"] })) {
    if (!data) continue;
    const result = replace(data, newer);
    client.setQueryData(key, result.data);
    if (result.found.size < newer.size) stale.add("budgets");
  }
}
