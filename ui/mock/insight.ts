/** What of the story is governed, what is down, and how often detectors are right. */
import type { Breaker, Coverage, DetectorScore } from "../src/api/types.ts";
import { ok, problem, type Answer, type Ask } from "./http.ts";

const MINUTE = 60_000;

export class Insight {
  private breakers: Breaker[];

  constructor(private readonly now: number) {
    this.breakers = [
      { scope: "tool", name: "lookup_rate", state: "open", failures: 9, opened_at: this.ago(4), retry_at: new Date(now + 1.4 * MINUTE).toISOString(), reason: "Five calls in a row failed: TimeoutError: no answer within 10 s.", processes: ["p-4f0a", "p-81c2"] },
      { scope: "model", name: "local/llama-3.3-70b", state: "half-open", failures: 5, opened_at: this.ago(22), retry_at: null, reason: "", processes: ["p-81c2"] },
    ];
  }

  answer(ask: Ask): Answer {
    const [, , noun, scope, ...rest] = ask.path.split("/").map(decodeURIComponent);
    if (noun === "coverage") return ok(this.coverage(Number(ask.query.get("days") ?? 7)));
    if (noun === "detectors") return ok({ items: SCORES });
    if (ask.method === "GET") return ok({ items: this.breakers });
    const name = rest.slice(0, -1).join("/");
    const found = this.breakers.find((one) => one.scope === scope && one.name === name);
    if (!found) return problem(404, "not_found", "Not Found", `no breaker of the ${scope} ${name} is known`);
    this.breakers = this.breakers.filter((one) => one !== found);
    return ok(found);
  }

  private coverage(days: number): Coverage {
    const seen = 2411 * days;
    const missed = 62 * days + 18;
    return {
      share: (seen - missed) / seen,
      seen,
      governed: seen - missed,
      since: new Date(this.now - days * 1440 * MINUTE).toISOString(),
      problem: "",
      gaps: [
        { kind: "agent", name: "legacy-summary", why: "known by its traces only; no guard works in it", calls: 38 * days, last_seen: this.ago(66), next_step: "Call holdfast.init() where it starts." },
        { kind: "model", name: "openai/gpt-5-mini", why: "called without a guard by legacy-summary", calls: 24 * days, last_seen: this.ago(66), next_step: "Guard the agent that calls it; then its cost is held to a budget too." },
        { kind: "call", name: "mail.first-contact", why: "decided and not enforced: it would have been refused, and ran", calls: 12, last_seen: this.ago(2), next_step: "Step the rule up under Policies, once what it would refuse is right." },
        { kind: "tool", name: "web_search", why: "its contract was inferred, nobody wrote it", calls: 6, last_seen: this.ago(95), next_step: "Write its contract, in its code or under tools: in a policy file." },
      ],
    };
  }

  private ago(minutes: number): string {
    return new Date(this.now - minutes * MINUTE).toISOString();
  }
}

const PEER = { name: "agent-governance-toolkit", recall: 0.0636, false_alarm: 0.0941, source: "its committed result on its own fixture" };

const score = (detector: string, corpus: string, n: number, recall: [number, number, number], negatives: number, alarms: [number, number, number], peer: DetectorScore["peer"] = null): DetectorScore => ({ detector, corpus, part: "held-out", n, recall: recall[0], recall_low: recall[1], recall_high: recall[2], negatives, false_alarm: alarms[0], false_alarm_low: alarms[1], false_alarm_high: alarms[2], peer, groups: [] });

const SCORES: DetectorScore[] = [
  score("secret", "holdfast-secrets", 412, [0.988, 0.972, 0.995], 380, [0.0053, 0.0014, 0.019]),
  score("pii", "holdfast-pii", 1204, [0.967, 0.955, 0.976], 610, [0.0115, 0.0056, 0.0235]),
  score("injection", "holdfast-injection", 280, [0.714, 0.659, 0.764], 170, [0.0176, 0.006, 0.0506], PEER),
];
