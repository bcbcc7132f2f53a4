/** The part of the fake server that decides: explanations, policies and how much they count. */
import PRESETS from "./presets.json" with { type: "json" };
import type { FalseBlockAsk, LevelAsk, RuleLevel } from "../src/api/types.ts";
import { Budgets } from "./budgets.ts";
import { explain } from "./explain.ts";
import { Gateway } from "./gateway.ts";
import { ok, problem, type Answer, type Ask } from "./http.ts";
import { Insight } from "./insight.ts";
import { Bench } from "./policies.ts";
import { findRule, levels } from "./rules.ts";
import { Spending } from "./spending.ts";
import { Tools } from "./tools.ts";
import type { World } from "./world.ts";

/** What stands after the noun, slashes and all. */
const rest = (ask: Ask) => decodeURIComponent(ask.path.split("/").slice(3).join("/"));

export class Governing {
  private readonly bench: Bench;
  private readonly insight: Insight;
  private readonly spending: Spending;
  private readonly tools: Tools;
  private readonly budgets: Budgets;
  private readonly gateway: Gateway;
  private readonly levels: RuleLevel[];

  constructor(
    private readonly world: World,
    now: number,
    emit: (type: string, data: unknown) => void,
  ) {
    this.bench = new Bench(world, now, emit);
    this.budgets = new Budgets(now, emit);
    this.gateway = new Gateway(world, now);
    this.tools = new Tools(world, now);
    this.insight = new Insight(now);
    this.spending = new Spending(world, now);
    this.levels = levels(this.bench.packs, now);
  }

  answer(ask: Ask): Answer {
    const [, , noun = "", id = "", verb = ""] = ask.path.split("/").map(decodeURIComponent);
    if (noun === "gateway") return this.gateway.answer(ask);
    switch (`${ask.method} ${noun}`) {
      case "GET decisions":
        return this.explanation(id);
      case "POST steps":
        return verb === "false-block" ? this.wrong(id, ask.body as FalseBlockAsk) : problem(404, "not_found", "Not Found");
      case "GET enforcement":
        return ok({ items: this.levels });
      case "PUT enforcement":
        return this.setLevel(rest(ask), ask.body as LevelAsk);
      case "DELETE enforcement":
        return this.ownLevel(rest(ask));
      case "GET presets":
        return ok({ items: PRESETS, packs: [], categories: {} });
      case "GET budgets":
      case "POST budgets":
      case "PATCH budgets":
      case "DELETE budgets":
        return this.budgets.answer(ask);
      case "GET tools":
      case "POST tools":
        return this.tools.answer(ask);
      case "GET costs":
      case "GET invoices":
      case "POST invoices":
      case "GET reliability":
      case "GET slos":
        return this.spending.answer(ask);
      case "GET coverage":
      case "GET detectors":
      case "GET breakers":
      case "POST breakers":
        return this.insight.answer(ask);
      case "GET policies":
      case "POST policies":
      case "PUT policies":
      case "DELETE policies":
        return this.bench.answer(ask);
      default:
        return problem(404, "not_found", "There is no such address", ask.path);
    }
  }

  /** Time passes: what is under way uses a little more. */
  tick(): void {
    this.budgets.tick();
    this.gateway.tick();
  }

  private setLevel(rule: string, body: LevelAsk): Answer {
    const level = this.levels.find((one) => one.rule === rule);
    if (!level) return problem(404, "not_found", "Not Found", `no rule ${rule} may refuse`, "List them at /v1/enforcement.");
    Object.assign(level, { level: body.level, percent: body.percent ?? 100, own: false, by: body.by, since: new Date().toISOString(), would_refuse: 0, refused: 0, false_blocks: 0, rate: null, stepped_back_at: null });
    return ok(level);
  }

  private ownLevel(rule: string): Answer {
    const level = this.levels.find((one) => one.rule === rule);
    const own = findRule(this.bench.packs, rule)?.rule;
    if (!level || !own) return problem(404, "not_found", "Not Found", `no rule ${rule} may refuse`);
    return ok(Object.assign(level, { level: own.level, percent: own.percent, own: true, by: "", since: null, stepped_back_at: null }));
  }

  private explanation(id: string): Answer {
    const step = this.world.steps.get(id);
    if (!step?.verdict) return problem(404, "not_found", "Not Found", `nothing was decided about the step ${id}`, "See /v1/steps/{id}.");
    return ok(explain(this.world, this.bench.packs, step));
  }

  private wrong(id: string, body: FalseBlockAsk): Answer {
    const step = this.world.steps.get(id);
    if (!step) return problem(404, "not_found", "Not Found", `there is no step ${id}`);
    const at = new Date().toISOString();
    for (const one of this.levels) {
      if (!step.reasons.some((reason) => reason.rule === one.rule)) continue;
      one.false_blocks += 1;
      one.rate = one.refused ? one.false_blocks / one.refused : null;
    }
    return ok({ items: step.reasons.map((reason) => ({ step: id, rule: reason.rule, by: body.by, note: body.note, at })) }, 201);
  }
}
