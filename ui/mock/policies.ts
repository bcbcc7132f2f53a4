/** The bench of the fake server: drafts are checked, tried, compared and judged, a little. */
import type { Checked, Compared, Backtest, Edition, Lint, Pack, Rule, SourceAsk, SourceFile, Tried } from "../src/api/types.ts";
import { ok, page, problem, type Answer, type Ask } from "./http.ts";
import PRESETS from "./presets.json" with { type: "json" };
import { packs, tests } from "./rules.ts";
import { commit, runsOf, type World } from "./world.ts";

const OLD_LINT: Lint = { code: "never-alone", severity: "info", message: "production.owner and production.destroy always speak together.", path: "policies/production.cedar", line: 20, column: 1, suggestion: "One rule with two approvals says the same." };
const KNOWN = new Set(PRESETS.map((preset) => preset.name));
const OVER = /over: (\d+)/;

export class Bench {
  packs: Pack[] = packs();
  private tests: SourceFile[] = tests();
  private readonly editions: Edition[] = [];
  private loadedAt: string;

  constructor(
    private readonly world: World,
    now: number,
    private readonly emit: (type: string, data: unknown) => void,
  ) {
    this.loadedAt = new Date(now - 26 * 3_600_000).toISOString();
    const before = this.packs[1]!;
    this.editions.push({ name: before.name, n: 1, event: "found", kind: "yaml", text: before.text.replace("over: 15", "over: 20"), by: "the disk", at: new Date(now - 50 * 3_600_000).toISOString(), bundle: "" });
    this.editions.push({ name: before.name, n: 2, event: "saved", kind: "yaml", text: before.text, by: "Robin", at: this.loadedAt, bundle: this.hash() });
  }

  answer(ask: Ask): Answer {
    const path = decodeURIComponent(ask.path.split("/").slice(3).join("/"));
    const sources = (ask.body["sources"] ?? ask.body["new"] ?? []) as SourceAsk[];
    if (ask.method === "GET" && !path) return ok({ bundle: { hash: this.hash(), loaded_at: this.loadedAt, error: "" }, packs: this.packs, tests: this.tests, lints: [OLD_LINT] });
    if (path === "check") return ok(this.check(sources));
    if (path === "test") return ok(this.test(sources));
    if (path === "diff") return ok(this.diff(sources));
    if (path === "backtest") return ok(this.backtest(sources));
    const [, name = path, , n] = /^(.*?)\/versions(\/(\d+)\/restore)?$/.exec(path) ?? [];
    if (ask.method === "GET") return ok(page(this.editions.filter((edition) => edition.name === name).toReversed(), ask.query));
    if (ask.method === "PUT") return this.save(name, String(ask.body["text"]), String(ask.body["by"]), "saved");
    if (ask.method === "DELETE") return this.remove(name, String(ask.body["by"]));
    const older = this.editions.find((edition) => edition.name === name && edition.n === Number(n));
    return older ? this.save(name, older.text, String(ask.body["by"]), "restored") : problem(404, "not_found", "Not Found", `there is no version ${n} of ${name}`);
  }

  private remove(name: string, by: string): Answer {
    const last = this.packs.find((pack) => pack.name === name) ?? this.tests.find((file) => file.name === name);
    if (!last) return problem(404, "not_found", "Not Found", `there is no policy file ${name}`);
    this.packs = this.packs.filter((pack) => pack.name !== name);
    this.tests = this.tests.filter((file) => file.name !== name);
    const n = this.editions.filter((edition) => edition.name === name).length + 1;
    const edition: Edition = { name, n, event: "deleted", kind: last.kind, text: "", by, at: new Date().toISOString(), bundle: this.hash() };
    this.editions.push(edition);
    this.emit("policy.updated", { ...edition, text: "" });
    return ok(edition);
  }

  private hash(): string {
    return commit(...this.packs.map((pack) => pack.text));
  }

  private check(sources: SourceAsk[]): Checked {
    const errors = sources.filter((source) => source.kind === "yaml" && !source.name.endsWith(".test.yaml")).flatMap(unknownPresets);
    return { ok: errors.length === 0, errors, lints: [OLD_LINT], hash: errors.length ? "" : commit(...sources.map((source) => source.text)) };
  }

  private test(sources: SourceAsk[]): Tried {
    const asks = limitOf(sources) < 50;
    const cases = sources
      .filter((source) => source.name.endsWith(".test.yaml"))
      .flatMap(({ name, text }) => text.split("\n").flatMap((line, index) => (line.includes("- name:") ? [{ file: name, line: index + 1, name: line.replace(/^.*name: /, ""), text }] : [])))
      .map(({ file, line, name, text }) => {
        const expected = /expect: (\w+)/.exec(text.split("\n").slice(line).join("\n"))?.[1] ?? "allow";
        const got = expected === "ask" && !asks ? "allow" : expected;
        return { file, line, name, ok: got === expected, expected, got, why: got === expected ? "" : "No rule objects to percent = 50." };
      });
    return { passed: cases.filter((each) => each.ok).length, failed: cases.filter((each) => !each.ok).length, cases };
  }

  private diff(sources: SourceAsk[]): Compared {
    const [before, after] = [limitOf(this.packs), limitOf(sources)];
    const example = { agent: "renewals", target: "apply_discount", arguments: { customer_id: "C-0000", percent: Math.min(before, after) + 0.0001, reason: "..." }, context: {}, exact: true };
    const change = after > before ? ({ direction: "allows", before: "ask", after: "allow" } as const) : ({ direction: "asks", before: "allow", after: "ask" } as const);
    return { same: before === after, changes: before === after ? [] : [{ tool: "apply_discount", ...change, example, rules: ["discount.over-15"] }], undecided: [], settings: [], compared: 12, took_ms: 84 };
  }

  private backtest(sources: SourceAsk[]): Backtest {
    const [before, after] = [limitOf(this.packs), limitOf(sources)];
    const examples = runsOf(this.world)
      .filter((run) => run.agent === "renewals")
      .slice(0, 3)
      .flatMap((run) => (this.world.told.get(run.id)?.steps ?? []).filter((step) => step.target === "apply_discount" || step.target === "find_customer").slice(0, 1))
      .map((step) => ({ step: step.id, run: step.run, at: step.started_at, arguments: { customer_id: "C-4471", percent: 50, months: 24 }, reasons: [] }));
    const [was, now] = after > before ? (["ask", "allow"] as const) : (["allow", "ask"] as const);
    return { actions: 48_210, changed: before === after ? [] : [{ agent: "renewals", tool: "apply_discount", before: was, after: now, count: 14, cost_usd: 1.92, examples }], inexact: 3, skipped: { "no arguments were kept": 12 }, since: this.loadedAt, took_ms: 2310 };
  }

  private save(name: string, text: string, by: string, event: "saved" | "restored"): Answer {
    const kind = name.endsWith(".cedar") ? "cedar" : "yaml";
    const broken = unknownPresets({ name, text, kind })[0];
    if (broken) return problem(422, "policy_syntax", "Unprocessable Content", `${name}:${broken.line}: ${broken.message}`, broken.suggestion);
    const old = this.packs.find((pack) => pack.name === name);
    if (old) this.packs = this.packs.map((pack) => (pack === old ? { ...pack, text, rules: regraded(pack.rules, text) } : pack));
    else this.packs = [...this.packs, { name, kind, text, rules: [] }];
    this.loadedAt = new Date().toISOString();
    const edition: Edition = { name, n: this.editions.filter((one) => one.name === name).length + 1, event, kind, text, by, at: this.loadedAt, bundle: this.hash() };
    this.editions.push(edition);
    this.emit("policy.updated", { ...edition, text: "" });
    return ok(edition);
  }
}

const limitOf = (sources: readonly { text: string }[]) => Number(OVER.exec(sources.map((source) => source.text).join("\n"))?.[1] ?? 100);

const regraded = (rules: readonly Rule[], text: string): Rule[] => rules.map((rule) => Object.assign({}, rule, { cedar: rule.id === "discount.over-15" ? rule.cedar.replace(/decimal\("\d+\.0"\)/, `decimal("${OVER.exec(text)?.[1] ?? 15}.0")`) : rule.cedar }));

/** A preset that nobody knows is refused at its line. */
function unknownPresets({ name, text }: SourceAsk): Lint[] {
  return text.split("\n").flatMap((line, index) => {
    const word = /^\s*- (\w+):/.exec(line)?.[1];
    if (!word || KNOWN.has(word) || word === "name") return [];
    const near = [...KNOWN].find((known) => known.startsWith(word.slice(0, 3)));
    return [{ code: "unknown-preset", severity: "error" as const, message: `There is no preset ${word}.`, path: name, line: index + 1, column: 5, suggestion: near ? `Did you mean ${near}?` : "See /v1/presets." }];
  });
}
