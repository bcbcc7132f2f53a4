/** The policy files of the story, the Cedar they become, and how much each rule counts. */
import type { Pack, Rule, RuleLevel, SourceFile } from "../src/api/types.ts";

const SALES = `pack: sales
owner: sales-operations

agents:
  renewals: {roles: [sales]}
  support: {roles: [service]}

rules:
  - allow_effects: {effects: [read, write, spend]}

  - threshold:
      name: discount.over-15
      tool: apply_discount
      arg: percent
      approve_over: 15
      approver: sales-lead
      message: A discount above 15 % needs the sales lead.

  - clamp:
      name: refund.clamp
      tool: issue_refund
      arg: amount
      max: 50
      message: Refunds are limited to $50.

  - first_contact:
      name: mail.first-contact
      tools: [send_email]
      enforce: shadow
      message: This recipient was never written to before.

  - business_hours:
      name: refund.office-hours
      tools: [issue_refund]
      from: 6
      to: 20
      time_zone: Europe/Berlin
      enforce: sample:25
      message: Refunds are made in office hours.
`;

const PRODUCTION = `// What production is spared.

@id("production.no-shell")
@category("environment")
@message("No shell commands in production.")
@owner("platform")
forbid (principal, action == Action::"run_shell", resource)
when { context.environment == "production" };

@id("production.destroy")
@category("four_eyes")
@cure("approval:sre-lead")
@message("Destroying a production environment needs two people.")
@owner("platform")
forbid (principal, action in Action::"holdfast:effect:destroy", resource)
when { context.environment == "production" }
unless { context.approvals.contains("sre-lead") };

@id("production.owner")
@category("four_eyes")
@cure("approval:service-owner")
@message("The environment's owner must agree.")
@owner("platform")
forbid (principal, action in Action::"holdfast:effect:destroy", resource)
when { context.environment == "production" }
unless { context.approvals.contains("service-owner") };
`;

const TESTS = `tests:
  - name: a small discount passes
    agent: renewals
    tool: apply_discount
    arguments: {customer_id: C-4471, percent: 10, reason: loyal}
    expect: allow
  - name: half the price asks the sales lead
    agent: renewals
    tool: apply_discount
    arguments: {customer_id: C-4471, percent: 50, reason: leaving}
    expect: ask
  - name: nobody runs a shell in production
    agent: deployer
    tool: run_shell
    environment: production
    arguments: {command: ls}
    expect: deny
`;

const rule = (id: string, category: string, verdict: Rule["verdict"], cedar: string, rest: Partial<Rule>): Rule => ({ id, preset: "", category, tools: [], effect: verdict === "allow" ? "permit" : "forbid", verdict, level: "enforce", percent: 100, message: "", cedar, line: 1, ...rest });

const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;
const inSales = (id: string) => ({ line: lineOf(SALES, `name: ${id}`) - 1 });
const cedarOf = (id: string) => PRODUCTION.slice(PRODUCTION.indexOf(`@id("${id}")`)).split(/(?<=;)\n/)[0] ?? "";
const inProduction = (id: string) => ({ line: lineOf(PRODUCTION, `@id("${id}")`) });

const SALES_RULES: Rule[] = [
  rule("sales/allow_effects", "tool_allowlist", "allow", '@id("sales/allow_effects")\npermit (principal, action in [Action::"holdfast:effect:read", Action::"holdfast:effect:write", Action::"holdfast:effect:spend"], resource is Tool);', { preset: "allow_effects", line: lineOf(SALES, "- allow_effects") }),
  rule("discount.over-15", "control", "ask", '@id("discount.over-15")\n@category("control")\n@cure("approval:sales-lead")\n@message("A discount above 15 % needs the sales lead.")\nforbid (principal, action == Action::"apply_discount", resource)\nwhen { context.args.percent.greaterThan(decimal("15.0")) }\nunless { context.approvals.contains("sales-lead") };', { preset: "threshold", tools: ["apply_discount"], message: "A discount above 15 % needs the sales lead.", ...inSales("discount.over-15") }),
  rule("refund.clamp", "business_actions", "transform", '@id("refund.clamp")\n@on("transform:clamp:amount:50")\nforbid (principal, action == Action::"issue_refund", resource)\nwhen { context.args.amount.greaterThan(decimal("50.0")) };', { preset: "clamp", tools: ["issue_refund"], message: "Refunds are limited to $50.", ...inSales("refund.clamp") }),
  rule("mail.first-contact", "first_contact", "deny", '@id("mail.first-contact")\nforbid (principal, action == Action::"send_email", resource)\nwhen { !([].containsAll(context.derived.new_domains)) };', { preset: "first_contact", tools: ["send_email"], level: "shadow", message: "This recipient was never written to before.", ...inSales("mail.first-contact") }),
  rule("refund.office-hours", "time_of_day", "deny", '@id("refund.office-hours")\nforbid (principal, action == Action::"issue_refund", resource)\nwhen { !(context.local["Europe/Berlin"].clock >= 600 && context.local["Europe/Berlin"].clock < 2000) };', { preset: "business_hours", tools: ["issue_refund"], level: "sample", percent: 25, message: "Refunds are made in office hours.", ...inSales("refund.office-hours") }),
];

const PRODUCTION_RULES: Rule[] = [
  rule("production.no-shell", "environment", "deny", cedarOf("production.no-shell"), { tools: ["run_shell"], message: "No shell commands in production.", ...inProduction("production.no-shell") }),
  rule("production.destroy", "four_eyes", "ask", cedarOf("production.destroy"), { message: "Destroying a production environment needs two people.", ...inProduction("production.destroy") }),
  rule("production.owner", "four_eyes", "ask", cedarOf("production.owner"), { message: "The environment's owner must agree.", ...inProduction("production.owner") }),
];

export const packs = (): Pack[] => [
  { name: "policies/production.cedar", kind: "cedar", text: PRODUCTION, rules: PRODUCTION_RULES },
  { name: "policies/sales.yaml", kind: "yaml", text: SALES, rules: SALES_RULES },
];

export const tests = (): SourceFile[] => [{ name: "policies/sales.test.yaml", kind: "yaml", text: TESTS }];

/** A rule and the file it stands in. */
export function findRule(all: readonly Pack[], id: string): { rule: Rule; pack: Pack } | null {
  for (const pack of all) for (const one of pack.rules) if (one.id === id) return { rule: one, pack };
  return null;
}

const DONE: Record<string, Partial<RuleLevel>> = {
  "discount.over-15": { refused: 14, false_blocks: 1, rate: 1 / 14 },
  "production.no-shell": { refused: 6, false_blocks: 0, rate: 0 },
  "production.destroy": { refused: 2, false_blocks: 0, rate: 0 },
  "production.owner": { refused: 2, false_blocks: 0, rate: 0 },
  "refund.clamp": { refused: 31, false_blocks: 2, rate: 2 / 31 },
  "mail.first-contact": { would_refuse: 46 },
  "refund.office-hours": { would_refuse: 38, refused: 24, false_blocks: 6, rate: 0.25, own: false, by: "holdfast", percent: 25 },
};

/** Rules that may refuse, with what came of them since they count as they do. */
export function levels(all: readonly Pack[], now: number): RuleLevel[] {
  const ago = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
  return all
    .flatMap((pack) => pack.rules)
    .filter((one) => one.effect === "forbid")
    .map((one) => {
      const fresh: RuleLevel = { rule: one.id, level: one.level as RuleLevel["level"], percent: one.percent, own: true, since: null, by: "", would_refuse: 0, refused: 0, false_blocks: 0, rate: null, limit: 0.2, stepped_back_at: null };
      return Object.assign(fresh, DONE[one.id], one.id === "refund.office-hours" && { since: ago(5), stepped_back_at: ago(5) });
    });
}
