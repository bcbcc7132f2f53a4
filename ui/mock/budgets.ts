/** The budgets of the story, and their holders, who go on using. */
import type { Budget, BudgetAsk, BudgetEdit, Holder } from "../src/api/types.ts";
import { ok, page, problem, type Answer, type Ask } from "./http.ts";
import { commit } from "./world.ts";

const MINUTE = 60_000;
const BREATH_USD = 0.011;

type Seed = Pick<Budget, "scope" | "key" | "unit" | "limit" | "used" | "held"> & Partial<Budget>;

export class Budgets {
  private all: Budget[];

  constructor(
    private readonly now: number,
    private readonly emit: (type: string, data: unknown) => void,
  ) {
    this.all = SEEDS.map((seed) => this.made(seed));
  }

  answer(ask: Ask): Answer {
    const id = decodeURIComponent(ask.path.split("/").slice(3).join("/"));
    const budget = this.all.find((one) => one.id === id);
    if (ask.method === "GET") return id ? (budget ? ok(budget) : missing(id)) : ok(page(this.all, ask.query));
    if (ask.method === "POST") return this.add(ask.body as BudgetAsk);
    if (!budget) return missing(id);
    if (budget.source === "policy") return problem(409, "conflict", "Conflict", "a policy file says this budget", "Change it there.");
    if (ask.method === "PATCH") return this.edit(budget, ask.body as BudgetEdit);
    this.all = this.all.filter((one) => one !== budget);
    return ok(budget);
  }

  tick(): void {
    const running = this.all.find((one) => one.scope === "agent" && one.key === "invoices");
    if (!running || running.used + BREATH_USD > running.limit) return;
    running.used += BREATH_USD;
    this.emit("budget.updated", summed(running));
  }

  private add(body: BudgetAsk): Answer {
    const id = idOf(body);
    if (this.all.some((one) => one.id === id)) return problem(409, "conflict", "Conflict", "there is a budget for this already", `Change it: ${id}.`);
    const budget = this.made({ scope: body.scope, key: body.key ?? "*", unit: body.unit, limit: body.limit, soft: body.soft ?? null, window: body.window ?? "none", time_zone: body.time_zone ?? "UTC", verdict: body.verdict ?? "deny", used: 0, held: 0, by: body.by });
    this.all = [...this.all, budget];
    return ok(budget, 201);
  }

  private edit(budget: Budget, body: BudgetEdit): Answer {
    const soft = body.warn === false ? null : (body.soft ?? budget.soft);
    const next = Object.assign(budget, { limit: body.limit ?? budget.limit, soft, by: body.by, updated_at: new Date().toISOString() });
    return ok(summed(next));
  }

  private made(seed: Seed): Budget {
    const at = new Date(this.now - 3 * 24 * 60 * MINUTE).toISOString();
    const holders = seed.held > 0 ? [this.holder(seed, "p-4f0a", 0.65), this.holder(seed, "p-81c2", 0.35)] : [];
    const resets = seed.window && seed.window !== "none" ? new Date(Math.ceil(this.now / 86_400_000) * 86_400_000 - 60 * MINUTE).toISOString() : null;
    const whole: Budget = { id: idOf(seed), soft: null, window: "none", time_zone: "UTC", verdict: "deny", unpriced: "deny", source: "api", by: "Robin", inside: false, created_at: at, updated_at: at, in_doubt: 0, left: 0, state: "ok", resets_at: resets, fullest: seed.key, accounts: [], holders, ...seed };
    return summed(whole);
  }

  private holder(seed: Seed, process: string, share: number): Holder {
    const amount = seed.held * share;
    return { lease: commit(idOf(seed), process).slice(0, 12), process, agent: seed.scope === "agent" && seed.key !== "*" ? seed.key : "invoices", run: "", amount, held: amount * 0.4, state: "open", expires_at: new Date(this.now + 2 * MINUTE).toISOString() };
  }
}

const idOf = ({ scope, key, unit, window }: { scope: string; key?: string; unit: string; window?: string }) => [scope, key ?? "*", unit, window ?? "none"].join(":");

const missing = (id: string) => problem(404, "not_found", "Not Found", `there is no budget ${id}`, "List them at /v1/budgets.");

function summed(budget: Budget): Budget {
  budget.left = Math.max(0, budget.limit - budget.used - budget.held);
  budget.state = budget.left <= 0 ? "spent" : budget.soft !== null && budget.used >= budget.soft ? "soft" : "ok";
  const { key, used, held, in_doubt, left, state, resets_at, holders } = budget;
  if (key !== "*") budget.accounts = [{ key, used, held, in_doubt, left, state, resets_at, holders }];
  return budget;
}

const account = (key: string, used: number, limit: number, held = 0) => ({ key, used, held, in_doubt: 0, left: Math.max(0, limit - used - held), state: used >= limit ? ("spent" as const) : ("ok" as const), resets_at: null, holders: [] });

const SEEDS: Seed[] = [
  { scope: "org", key: "", unit: "usd", limit: 400, soft: 300, window: "month", time_zone: "Europe/Berlin", used: 214.62, held: 6.4 },
  { scope: "agent", key: "invoices", unit: "usd", limit: 25, soft: 20, window: "day", time_zone: "Europe/Berlin", used: 21.4, held: 1.2, in_doubt: 0.4 },
  { scope: "agent", key: "researcher", unit: "usd", limit: 12, window: "day", time_zone: "Europe/Berlin", used: 12, held: 0, verdict: "halt" },
  { scope: "agent", key: "*", unit: "calls", limit: 2000, window: "day", used: 640, held: 40, fullest: "support", accounts: [account("support", 640, 2000, 40), account("renewals", 212, 2000), account("quotes", 96, 2000), account("deployer", 31, 2000)] },
  { scope: "session", key: "*", unit: "usd", limit: 10, used: 3.18, held: 0.5, source: "policy", by: "", unpriced: "allow", fullest: "afcea34f", accounts: [account("afcea34f", 3.18, 10, 0.5), account("0d55c1aa", 0.42, 10)] },
  { scope: "customer", key: "*", unit: "tokens", limit: 2_000_000, soft: 1_500_000, window: "month", used: 812_400, held: 0, fullest: "C-4471", accounts: [account("C-4471", 812_400, 2_000_000), account("C-2210", 120_000, 2_000_000)] },
  { scope: "run", key: "*", unit: "seconds", limit: 1800, used: 187, held: 0, verdict: "halt", source: "policy", by: "", fullest: "a0f64c72", accounts: [account("a0f64c72", 187, 1800), account("b1c90d13", 84, 1800)] },
];
