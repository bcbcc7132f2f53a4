/** Policy files as a list, and as what the server is asked to try. */
import type { Lint, Policies, Rule, RuleLevel, SourceAsk } from "~/api/types";
import type { Draft } from "./drafts";

export type Row =
  | { kind: "file"; id: string; name: string; rules: number; lints: number; draft: boolean }
  | { kind: "rule"; id: string; file: string; rule: Rule; levels: RuleLevel[] };

/** Every file in force with one of them as it is drafted, or one more. */
export function sourcesWith(policies: Policies, draft: Draft): SourceAsk[] {
  const all = [...policies.packs, ...policies.tests].map(({ name, kind, text }): SourceAsk => ({ name, kind, text }));
  return all.some((one) => one.name === draft.name) ? all.map((one) => (one.name === draft.name ? draft : one)) : [...all, draft];
}

/** The text in force; a file that was never saved has none. */
export function textOf(policies: Policies, name: string): Draft | null {
  return [...policies.packs, ...policies.tests].find((one) => one.name === name) ?? null;
}

export const isTests = (name: string) => name.endsWith(".test.yaml");

/** Whether a policy is the rule, or one of several that the rule becomes: `sales/discount/approve` of `sales/discount`. */
export const speaksFor = (policy: string, rule: string) => policy === rule || policy.startsWith(`${rule}/`);

export const lintsOf = (lints: readonly Lint[], file: string) => lints.filter((lint) => lint.path === file);

/** Files and their rules in reading order; drafts of new files and files of tests stand last. */
export function rowsOf(policies: Policies, levels: readonly RuleLevel[], drafts: ReadonlyMap<string, Draft>): Row[] {
  const known = new Set([...policies.packs, ...policies.tests].map((one) => one.name));
  const file = (name: string, rules: number): Row => ({ kind: "file", id: name, name, rules, lints: lintsOf(policies.lints, name).length, draft: drafts.has(name) });
  return [
    ...policies.packs.flatMap((pack) => [file(pack.name, pack.rules.length), ...pack.rules.map((rule): Row => ({ kind: "rule", id: `${pack.name} ${rule.id}`, file: pack.name, rule, levels: levels.filter((level) => speaksFor(level.rule, rule.id)) }))]),
    ...policies.tests.map((one) => file(one.name, 0)),
    ...[...drafts.keys()].filter((name) => !known.has(name)).map((name) => file(name, 0)),
  ];
}
