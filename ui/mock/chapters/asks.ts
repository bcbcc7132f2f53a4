/** Actions that wait for a person: the discount nobody authorised, and the environment nobody should delete alone. */
import type { Approval, Json, Reason, Step } from "../../src/api/types.ts";
import { Teller } from "../teller.ts";
import { commit, recount, type World } from "../world.ts";

const MINUTE = 60_000;
const GPT = "openai/gpt-5-mini";

const DISCOUNT_SCHEMA = {
  type: "object",
  required: ["customer_id", "percent", "reason"],
  additionalProperties: false,
  properties: {
    customer_id: { type: "string", pattern: "^C-[0-9]{4}$" },
    percent: { type: "number", minimum: 0, maximum: 60 },
    months: { type: "integer", minimum: 1, maximum: 36 },
    reason: { type: "string", minLength: 3, maxLength: 200 },
  },
};

const over15: Reason = { rule: "discount.over-15", category: "policy", message: "A discount above 15 % needs the sales lead.", cure: "approval:sales-lead" };
const twoPeople: Reason = { rule: "production.destroy", category: "policy", message: "Destroying a production environment needs two people.", cure: "approval:sre-lead" };
const owner: Reason = { rule: "production.owner", category: "policy", message: "The environment's owner must agree.", cure: "approval:service-owner" };

export function discount(world: World, now: number): void {
  const told = new Teller(world, { seed: 11, agent: "renewals", title: "Prepare the renewal offer for customer C-4471", startedAt: now - 4.2 * MINUTE, person: "account-team", owner: "sales" });
  told.told.around.budgets.push({ scope: "run", unit: "usd", limit: 0.5, used: 0.0231, held: 0.004 }, { scope: "session", unit: "calls", limit: 40, used: 6, held: 1 });
  const first = told.act({ kind: "model", target: GPT, into: 1840, out: 96, ms: 1320 });
  told.say("system", first, { type: "text", text: "You prepare renewal offers. Look the customer up, weigh usage against price, propose one offer." });
  told.say("user", first, { type: "text", text: "Customer C-4471 threatens to leave. Prepare a renewal offer that keeps them." });
  told.say("assistant", first, { type: "tool_call", name: "find_customer", call_id: "call_1", arguments: { customer_id: "C-4471" } });
  const customer = { customer_id: "C-4471", plan: "enterprise", seats: 640, renews_on: "2026-12-31", list_price_usd: 384000 };
  const lookup = told.act({ kind: "tool", target: "find_customer", ms: 84, detail: { arguments: { customer_id: "C-4471" }, result: customer } });
  told.say("tool", lookup, { type: "tool_result", name: "find_customer", call_id: "call_1", result: customer });
  const usage = told.act({ kind: "tool", target: "read_usage", ms: 212, detail: { arguments: { customer_id: "C-4471", months: 6 }, result: { active_seats: 588, trend: "falling", tickets_open: 7 } } });
  told.say("tool", usage, { type: "tool_result", name: "read_usage", call_id: "call_2", result: { active_seats: 588, trend: "falling", tickets_open: 7 } });
  const second = told.act({ kind: "model", target: GPT, into: 2610, out: 214, ms: 2480 });
  const args = { customer_id: "C-4471", percent: 50, months: 24, reason: "Retention: customer threatens to leave" };
  told.say("assistant", second, { type: "reasoning", text: "Usage is falling and seven tickets are open. A deep discount would secure the renewal." }, { type: "tool_call", name: "apply_discount", call_id: "call_3", arguments: args });
  const ask = told.act({ kind: "tool", target: "apply_discount", effect: "spend", verdict: "ask", stage: "policy", reasons: [over15], open: true, unendorsed: ["percent=50"], detail: { arguments: args, explanation: discountExplained } });
  told.run.state = "waiting";
  world.approvals.push(question({ step: ask, args, reasons: [over15], roles: ["sales-lead"], schema: DISCOUNT_SCHEMA, ttlMs: 26 * MINUTE, told }));
}

const discountExplained = [
  { title: "Why", text: '@id("discount.over-15")\n@cure("approval:sales-lead")\nforbid (principal, action == Action::"apply_discount", resource)\nwhen { context.args.percent.greaterThan(decimal("15.0")) }\nunless { context.approvals.contains("sales-lead") };' },
  { title: "What it saw", text: 'args.percent = 50.0 · approvals = [] · environment = "production"' },
  { title: "Would pass if", text: "percent were 15 or less, or a sales-lead approved this exact call." },
];

export function production(world: World, now: number): void {
  const told = new Teller(world, { seed: 23, agent: "deployer", title: "Fix the failing health check of checkout in production", startedAt: now - 11 * MINUTE, person: "on-call", owner: "platform", framework: "openai-agents" });
  const plan = told.act({ kind: "model", target: "anthropic/claude-sonnet-4-5", into: 3120, out: 402, ms: 4210 });
  told.say("user", plan, { type: "text", text: "The health check of checkout fails in production since 10:40. Fix it." });
  told.say("assistant", plan, { type: "text", text: "I will look at the environment, then recreate it if its state has drifted." });
  told.act({ kind: "tool", target: "describe_environment", ms: 640, detail: { arguments: { name: "checkout-production" }, result: { state: "degraded", instances: 12, drift: true } } });
  const deny = { rule: "production.no-shell", category: "policy", message: "No shell commands in production.", cure: "" };
  const shell = told.act({ kind: "tool", target: "run_shell", effect: "execute", verdict: "deny", stage: "policy", reasons: [deny], detail: { arguments: { command: "terraform destroy -auto-approve -target=module.checkout" }, explanation: [{ title: "Why", text: '@id("production.no-shell")\nforbid (principal, action == Action::"run_shell", resource)\nwhen { context.environment == "production" };' }, { title: "Would pass if", text: 'the environment were not "production". No approval lifts this rule.' }] } });
  told.say("tool", shell, { type: "tool_result", name: "run_shell", call_id: "call_2", result: { error: "refused", message: deny.message } });
  told.act({ kind: "model", target: "anthropic/claude-sonnet-4-5", into: 3980, out: 240, ms: 3050 });
  const args: Json = { name: "checkout-production", force: true };
  const ask = told.act({ kind: "tool", target: "delete_environment", effect: "destroy", verdict: "ask", stage: "policy", reasons: [twoPeople, owner], open: true, unendorsed: ["name=checkout-production"], detail: { arguments: args } });
  told.run.state = "waiting";
  const schema = { type: "object", required: ["name"], additionalProperties: false, properties: { name: { type: "string" }, force: { type: "boolean" } } };
  world.approvals.push(question({ step: ask, args, reasons: [twoPeople, owner], roles: ["sre-lead", "service-owner"], schema, ttlMs: 15 * MINUTE, told }));
}

type Asked = { step: Step; args: Json; reasons: Reason[]; roles: string[]; schema: Record<string, unknown>; ttlMs: number; told: Teller };

export function question(asked: Asked): Approval {
  const { step, told } = asked;
  const id = commit(step.id, "approval").slice(0, 16);
  step.approval = id;
  recount(told.told);
  return {
    id,
    state: "pending",
    agent: step.agent,
    version: told.run.version,
    owner: told.run.owner,
    person: told.run.person,
    chain: told.told.around.chain,
    run: step.run,
    session: step.session,
    step: step.id,
    kind: step.kind,
    target: step.target,
    effect: step.effect,
    arguments: asked.args as Record<string, unknown>,
    schema: asked.schema,
    digest: commit(step.id, JSON.stringify(asked.args)),
    reasons: asked.reasons,
    roles: asked.roles,
    unendorsed: step.unendorsed,
    asked_at: step.started_at,
    expires_at: new Date(Date.parse(step.started_at) + asked.ttlMs).toISOString(),
    answered_at: null,
    answered_by: "",
    answers: [],
    note: "",
    edited: false,
    approved_arguments: null,
    approved_digest: null,
    used_at: null,
    recent: told.told.steps.filter((other) => other.id !== step.id && other.kind !== "start").slice(-4),
    title: told.run.title,
  };
}
