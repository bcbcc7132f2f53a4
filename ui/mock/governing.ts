/** The part of the fake server that decides: explanations, policies and how much they count. */
import type { FalseBlockAsk, Pack, RuleLevel } from "../src/api/types.ts";
import { explain } from "./explain.ts";
import { ok, problem, type Answer, type Ask } from "./http.ts";
import { levels, packs } from "./rules.ts";
import type { World } from "./world.ts";

export class Governing {
  private packs: Pack[] = packs();
  private levels: RuleLevel[];

  constructor(
    private readonly world: World,
    now: number,
  ) {
    this.levels = levels(this.packs, now);
  }

  answer(ask: Ask): Answer {
    const [, , noun = "", id = "", verb = ""] = ask.path.split("/").map(decodeURIComponent);
    switch (`${ask.method} ${noun}`) {
      case "GET decisions":
        return this.explanation(id);
      case "POST steps":
        return verb === "false-block" ? this.wrong(id, ask.body as FalseBlockAsk) : problem(404, "not_found", "Not Found");
      case "GET enforcement":
        return ok({ items: this.levels });
      default:
        return problem(404, "not_found", "There is no such address", ask.path);
    }
  }

  private explanation(id: string): Answer {
    const step = this.world.steps.get(id);
    if (!step?.verdict) return problem(404, "not_found", "Not Found", `nothing was decided about the step ${id}`, "See /v1/steps/{id}.");
    return ok(explain(this.world, this.packs, step));
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
