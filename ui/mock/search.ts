/** The query language, as far as the story needs it: fields by value, lists, minus signs, bounds on numbers, words. */
import type { RunSummary, Suggestion, View, ViewAsk } from "../src/api/types.ts";
import { ok, problem, type Answer, type Ask } from "./http.ts";
import { runsOf, type World } from "./world.ts";

type Read = (run: RunSummary) => readonly string[];
type Fault = { column: number; message: string; hint: string };

const VERDICTS = ["allow", "transform", "ask", "deny", "halt"] as const;
const FIELDS: Record<string, { about: string; read: Read; facet?: boolean }> = {
  agent: { about: "The agent's name", read: (run) => [run.agent], facet: true },
  version: { about: "The agent's version", read: (run) => [run.version], facet: true },
  state: { about: "Where it stands", read: (run) => [run.state], facet: true },
  verdict: { about: "A verdict that one of its steps got", read: (run) => VERDICTS.filter((verdict) => run.verdicts[verdict] > 0), facet: true },
  framework: { about: "What the agent is made with", read: (run) => [run.framework], facet: true },
  governed: { about: "Whether Holdfast decided about it", read: (run) => [String(run.governed)], facet: true },
  person: { about: "On whose behalf it ran", read: (run) => [run.person] },
  session: { about: "The conversation or job it belongs to", read: (run) => [run.session] },
  title: { about: "How it began: its first input", read: (run) => [run.title] },
  cost: { about: "US dollars, of the calls that have a price", read: (run) => (run.cost_usd === null ? [] : [String(run.cost_usd)]) },
  steps: { about: "How many steps it took", read: (run) => [String(run.steps)] },
  started: { about: "When it began", read: (run) => [run.started_at] },
};
const TERM = /(?<minus>-?)(?:(?<key>[a-z_]+):(?<value>\([^)]*\)|"[^"]*"|[^\s()]+)|"(?<quoted>[^"]*)"|(?<word>[^\s"]+))/g;
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The runs that a query finds, newest first; or why it cannot be read. */
export function search(world: World, q: string): RunSummary[] | Fault {
  const open = (q.match(/"/g) ?? []).length % 2 ? q.lastIndexOf('"') : -1;
  if (open >= 0) return { column: open + 1, message: "this quotation mark is not closed", hint: 'Add " where the text ends.' };
  const terms = [...q.matchAll(TERM)];
  for (const { index, groups } of terms) {
    const key = groups?.["key"];
    if (key && !FIELDS[key]) return { column: index + (groups?.["minus"]?.length ?? 0) + 1, message: `unknown field \`${key}\``, hint: `Fields of runs: ${Object.keys(FIELDS).join(", ")}.` };
  }
  return runsOf(world).filter((run) => terms.every(({ groups }) => fits(run, groups ?? {}) !== (groups?.["minus"] === "-")));
}

function fits(run: RunSummary, { key, value = "", quoted, word }: Record<string, string | undefined>): boolean {
  if (!key) return `${run.title} ${run.agent} ${run.id} ${run.session}`.toLowerCase().includes((quoted ?? word ?? "").toLowerCase());
  const wanted = value.replaceAll(/[()]/g, "").split(",").map((each) => each.replaceAll('"', ""));
  return (FIELDS[key]?.read(run) ?? []).some((has) => wanted.some((want) => (key === "title" ? has.toLowerCase().includes(want.toLowerCase()) : compare(has, want))));
}

function compare(has: string, want: string): boolean {
  const bound = /^(?<op>[<>])=?(?<to>.*)$/.exec(want)?.groups;
  if (!bound) return want.endsWith("*") ? has.startsWith(want.slice(0, -1)) : has === want;
  const ago = /^-(?<n>\d+)(?<unit>[smhd])$/.exec(bound["to"] ?? "")?.groups;
  const [left, right] = ago ? [Date.parse(has), Date.now() - Number(ago["n"]) * (SECONDS[ago["unit"] ?? "s"] ?? 1) * 1000] : [Number(has), Number(bound["to"])];
  return bound["op"] === ">" ? left > right : left < right;
}

/** A list narrowed by a query, or the problem document. */
export function narrowed(world: World, q: string): RunSummary[] | Answer {
  const found = search(world, q);
  return Array.isArray(found) ? found : problem(400, "query", "Bad Request", `column ${found.column}: ${found.message}`, found.hint);
}

export class Searching {
  private views: View[] = [];

  answer({ method, path, query, body }: Ask, world: World): Answer {
    const [, , noun = "", id = ""] = path.split("/");
    if (noun === "views") return this.view(method, id, body);
    const q = query.get("q") ?? "";
    if (id === "suggest") return suggest(world, q, Number(query.get("at") ?? q.length));
    if (id === "facets") return facets(world, q);
    const found = narrowed(world, q);
    return Array.isArray(found) ? ok({ noun: "runs", items: found.slice(0, 100), next: null }) : found;
  }

  private view(method: string, id: string, body: Record<string, unknown>): Answer {
    const at = new Date().toISOString();
    if (method === "POST") {
      const asked = body as ViewAsk;
      if (this.views.some(({ name }) => name === asked.name)) return problem(409, "conflict", "Conflict", `another view is called ${asked.name}`, "Choose another name, or change that view.");
      const made = `view_${(this.views.length + 1).toString(16).padStart(16, "0")}`;
      this.views.push({ id: made, noun: "runs", name: asked.name, q: asked.q, sort: asked.sort ?? "", by: asked.by, at, changed_at: at, link: `/runs?view=${made}` });
      return ok(this.views.at(-1), 201);
    }
    if (method === "GET" && !id) return ok({ items: this.views.toSorted((a, b) => a.name.localeCompare(b.name)) });
    const view = this.views.find((each) => each.id === id);
    if (!view) return problem(404, "not_found", "Not Found", `there is no view ${id}`, "GET /v1/views lists them.");
    if (method === "PATCH") Object.assign(view, body, { changed_at: at });
    if (method === "DELETE") this.views = this.views.filter((each) => each !== view);
    return ok(view);
  }
}

function suggest(world: World, q: string, at: number): Answer {
  const left = q.slice(0, at);
  const value = /(?:^|[\s(-])(?<key>[a-z_]+):(?:\([^)]*[,(]|\()?(?<typed>[^\s(),]*)$/.exec(left)?.groups;
  const typed = value?.["typed"] ?? /[a-z_]*$/.exec(left)?.[0] ?? "";
  const items = value ? valuesOf(world, value["key"] ?? "", typed) : fieldsOf(typed);
  const found = search(world, q);
  return ok({ start: at - typed.length, end: at, items, mistake: Array.isArray(found) ? null : found });
}

function fieldsOf(typed: string): Suggestion[] {
  return Object.entries(FIELDS)
    .filter(([key]) => key.startsWith(typed))
    .map(([key, { about }]) => ({ text: `${key}:`, about, count: null }));
}

function valuesOf(world: World, key: string, typed: string): Suggestion[] {
  return counted(runsOf(world), key)
    .filter(([value]) => value.startsWith(typed))
    .map(([text, count]) => ({ text, about: "", count }));
}

function counted(runs: readonly RunSummary[], key: string): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of runs.flatMap((run) => FIELDS[key]?.read(run) ?? [])) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** Counts of each value, and the query with it added or taken away. */
function facets(world: World, q: string): Answer {
  const found = narrowed(world, q);
  if (!Array.isArray(found)) return found;
  const items = Object.entries(FIELDS)
    .filter(([, { facet }]) => facet)
    .map(([field, { about }]) => {
      const term = new RegExp(`(^|\\s)${field}:(?:\\(([^)]*)\\)|([^\\s()]+))`);
      const chosen = (term.exec(q)?.[2] ?? term.exec(q)?.[3] ?? "").split(",").filter(Boolean);
      const rest = q.replace(term, "").trim();
      const others = search(world, rest);
      const values = counted(Array.isArray(others) ? others : [], field).map(([value, count]) => ({ value, count, chosen: chosen.includes(value), q: toggled(rest, field, chosen, value) }));
      return { field, about, values };
    });
  return ok({ noun: "runs", items });
}

function toggled(rest: string, field: string, chosen: readonly string[], value: string): string {
  const wanted = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value].toSorted();
  const term = wanted.length === 0 ? "" : `${field}:${wanted.length > 1 ? `(${wanted.join(",")})` : wanted[0]}`;
  return [rest, term].filter(Boolean).join(" ");
}
