/** What the list of runs shows, to and from the address. */
import type { RunQuery } from "~/api/runs";
import type { RunState, Verdict } from "~/api/types";
import { asValue } from "~/lib/query";

export const STATES = ["running", "waiting", "completed", "failed", "halted", "lost"] as const satisfies readonly RunState[];
export const VERDICTS = ["allow", "transform", "ask", "deny", "halt"] as const satisfies readonly Verdict[];
export const SORTS = ["started", "duration", "steps", "tokens", "cost"] as const;
export const PERIODS = { "15m": 15 * 60_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000 } as const;

export type Sort = (typeof SORTS)[number];
export type Period = keyof typeof PERIODS;

export type Filters = {
  q: string;
  state: readonly RunState[];
  verdict: readonly Verdict[];
  agent: readonly string[];
  session: string;
  period: Period | null;
  /** The saved view that was opened, if any. */
  view: string;
  sort: Sort;
  ascending: boolean;
};

export const NO_FILTERS: Filters = { q: "", state: [], verdict: [], agent: [], session: "", period: null, view: "", sort: "started", ascending: false };

/** Read an address; what it does not understand is left out. */
export function parseFilters(params: URLSearchParams): Filters {
  const sort = params.get("sort") ?? "";
  const period = params.get("period") ?? "";
  return {
    q: params.get("q") ?? "",
    state: among(STATES, params.getAll("state")),
    verdict: among(VERDICTS, params.getAll("verdict")),
    agent: params.getAll("agent").filter(Boolean),
    session: params.get("session") ?? "",
    period: period in PERIODS ? (period as Period) : null,
    view: params.get("view") ?? "",
    sort: among(SORTS, [sort.replace(/^-/, "")])[0] ?? "started",
    ascending: sort !== "" && !sort.startsWith("-"),
  };
}

/** Write an address; what is as usual is left out, so that short views have short addresses. */
export function formatFilters(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.q) params.set("q", filters.q);
  for (const key of ["state", "verdict", "agent"] as const) for (const value of filters[key]) params.append(key, value);
  if (filters.session) params.set("session", filters.session);
  if (filters.period) params.set("period", filters.period);
  const order = formatOrder(filters);
  if (order) params.set("sort", order);
  if (filters.view) params.set("view", filters.view);
  return params;
}

/** The order of the list in one word; empty for newest first. */
export function formatOrder({ sort, ascending }: Pick<Filters, "sort" | "ascending">): string {
  return sort !== "started" || ascending ? `${ascending ? "" : "-"}${sort}` : "";
}

/** What a saved view shows. */
export function fromView({ id, q, sort }: { id: string; q: string; sort: string }): Filters {
  return { ...parseFilters(new URLSearchParams({ q, sort })), view: id };
}

/** Everything that narrows the list, as one query. */
export function toSearch(filters: Filters): string {
  const terms = [...listed("state", filters.state), ...listed("verdict", filters.verdict), ...listed("agent", filters.agent), ...listed("session", filters.session ? [filters.session] : [])];
  if (filters.period) terms.push(`started:>-${filters.period}`);
  const { q } = filters;
  return [terms.length > 0 && / OR /.test(q) ? `(${q})` : q, ...terms].filter(Boolean).join(" ");
}

/** A field that has one of these values. */
function listed(key: string, values: readonly string[]): string[] {
  if (values.length === 0) return [];
  const said = values.map(asValue).join(",");
  return [`${key}:${values.length > 1 ? `(${said})` : said}`];
}

/** What the server is asked for. A period begins on a whole minute, so that the question stays the same for a while. */
export function toQuery(filters: Filters, now: number): RunQuery {
  const { q, session, period } = filters;
  const since = period ? new Date(Math.floor((now - PERIODS[period]) / 60_000) * 60_000).toISOString() : null;
  return {
    ...(q && { q }),
    ...(session && { session }),
    ...(since && { since }),
    ...(filters.state.length > 0 && { state: [...filters.state] }),
    ...(filters.verdict.length > 0 && { verdict: [...filters.verdict] }),
    ...(filters.agent.length > 0 && { agent: [...filters.agent] }),
  };
}

/** Whether anything narrows the list. */
export function isNarrowed(filters: Filters): boolean {
  return Boolean(filters.q || filters.session || filters.period || filters.state.length || filters.verdict.length || filters.agent.length);
}

function among<T extends string>(known: readonly T[], given: readonly string[]): T[] {
  return known.filter((value) => given.includes(value));
}
