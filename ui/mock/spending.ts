/** What the story's agents cost and how they did: made up once, the same after every reload. */
import type { Conduct, CostRow, Costs, CostSeries, Escalations, Forecast, Invoice, RateSeries, Ratio, Reliability, Slo, SloAlert, Variances, WhatIf } from "../src/api/types.ts";
import { ok, problem, type Answer, type Ask } from "./http.ts";
import type { World } from "./world.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;

type Sold = { key: string; share: number; good: number; bad: number; open: number };

/** Of the whole, its part; and how many of its runs succeeded, failed and are not proven. */
const sold = (key: string, share: number, good = 0, bad = 0, open = 0): Sold => ({ key, share, good, bad, open });

const SOLD: Record<Costs["by"], Sold[]> = {
  agent: [
    sold("support", 0.46, 412, 31, 22),
    sold("invoices", 0.24, 96, 4, 0),
    sold("sales", 0.17, 21, 9, 14),
    sold("research", 0.1, 0, 2, 31),
    sold("refunds", 0.03, 58, 1, 0),
  ],
  version: [
    sold("support@2026.3", 0.3, 260, 12, 12),
    sold("support@2026.2", 0.16, 152, 19, 10),
    sold("invoices@7", 0.24, 96, 4, 0),
    sold("sales@1.4", 0.17, 21, 9, 14),
    sold("research", 0.13, 0, 2, 31),
  ],
  team: [
    sold("care", 0.49, 470, 32, 22),
    sold("finance", 0.24, 96, 4, 0),
    sold("growth", 0.17, 21, 9, 14),
    sold("", 0.1, 0, 2, 31),
  ],
  workflow: [
    sold("ticket", 0.46, 412, 31, 22),
    sold("month-end", 0.24, 96, 4, 0),
    sold("", 0.3, 79, 12, 45),
  ],
  tool: [
    sold("", 0.84),
    sold("summarise", 0.11),
    sold("web_search", 0.05),
  ],
  model: [
    sold("anthropic/claude-sonnet-4-5", 0.58),
    sold("openai/gpt-4o", 0.27),
    sold("google/gemini-2.5-flash", 0.09),
    sold("anthropic/claude-haiku-4-5", 0.06),
    sold("local/llama-3.3-70b", 0),
  ],
  customer: Array.from({ length: 11 }, (_, i) => sold(`C-${500 + 7 * i}`, 2 ** -(i + 1) + (i === 10 ? 2 ** -11 : 0), 60 - 4 * i, i, 2)),
  release: [
    sold("2026-03-01", 0.7, 401, 24, 50),
    sold("2026-02-15", 0.3, 186, 23, 17),
  ],
  tag: [
    sold("cost_centre=7", 0.61),
    sold("channel=chat", 0.46),
  ],
};
const OF_RUNS = new Set<Costs["by"]>(["agent", "version", "team", "workflow", "customer", "release"]);
const KEYS_SHOWN = 8;

/** Between 0 and 1, the same for the same place: weekdays are busy, nights quiet, and it never repeats visibly. */
const noise = (seed: number) => {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
};

function spentAt(at: number, span: number): number {
  const date = new Date(at);
  const busy = span < DAY ? 0.15 + Math.max(0, Math.sin(((date.getHours() - 6) / 24) * 2 * Math.PI)) : 1;
  const weekend = date.getDay() % 6 === 0 && span <= DAY ? 0.35 : 1;
  return (span / DAY) * 38 * busy * weekend * (0.7 + 0.6 * noise(Math.floor(at / HOUR)));
}

const ratio = (good: number, total: number): Ratio => {
  if (total === 0) return { value: null, low: null, high: null, good, total };
  const share = good / total;
  const spread = 3.8416 / total;
  const middle = (share + spread / 2) / (1 + spread);
  const reach = (1.96 / (1 + spread)) * Math.sqrt((share * (1 - share)) / total + spread / (4 * total));
  return { value: share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach), good, total };
};

const burn = (severity: "page" | "ticket", long_hours: number, short_hours: number, threshold: number, long: number, short: number) => ({ severity, long_hours, short_hours, threshold, long, short, firing: long >= threshold && short >= threshold });

function everything(): Sold {
  const whole: Sold = sold("", 1);
  for (const one of SOLD.agent) for (const name of ["good", "bad", "open"] as const) whole[name] += one[name];
  return whole;
}

export class Spending {
  private readonly invoices: Invoice[];

  constructor(
    private readonly world: World,
    private readonly now: number,
  ) {
    this.invoices = [{ id: "inv_february", provider: "anthropic", name: "february.csv", first_day: this.day(33), last_day: this.day(6), billed_usd: 612.4, lines: 196, by: "mira", imported_at: this.at(2 * DAY) }];
  }

  answer(ask: Ask): Answer {
    const [, , noun = "", id = "", verb = ""] = ask.path.split("/").map(decodeURIComponent);
    switch (`${ask.method} ${[noun, id && (noun === "costs" || noun === "reliability" || id === "alerts") ? id : "", verb].filter(Boolean).join(" ")}`) {
      case "GET costs":
        return ok(this.costs(ask.query));
      case "GET costs series":
        return ok(this.series(ask.query));
      case "GET costs forecast":
        return ok(this.forecast());
      case "GET costs anomalies":
        return ok(this.anomalies(ask.query));
      case "GET costs what-if":
        return ok(this.whatIf(ask.query));
      case "GET invoices":
        return ok({ items: this.invoices, next: null });
      case "GET invoices variance":
        return ok(this.variance());
      case "POST invoices":
        return problem(400, "invalid", "Bad Request", "this is no cost export of OpenAI, Anthropic, Google, Azure or AWS", "docs/concepts/costs.md names the exports.");
      case "GET reliability":
        return ok(this.reliability(ask.query));
      case "GET reliability series":
        return ok(this.rates(ask.query));
      case "GET reliability escalations":
        return ok(this.escalations(ask.query));
      case "GET slos":
        return ok({ items: this.slos(), next: null });
      case "GET slos alerts":
        return ok({ items: this.alerts(), next: null });
      default:
        return problem(404, "not_found", "There is no such address", ask.path);
    }
  }

  private buckets(query: URLSearchParams): { at: number; until: number }[] {
    const every = { hour: HOUR, day: DAY, week: 7 * DAY, month: 30 * DAY }[query.get("every") ?? "day"] ?? DAY;
    const found: { at: number; until: number }[] = [];
    for (let at = this.since(query); at < this.now; at += every) found.push({ at, until: Math.min(at + every, this.now) });
    return found;
  }

  private since(query: URLSearchParams): number {
    return Date.parse(query.get("since") ?? "") || this.now - 7 * DAY;
  }

  private whole(query: URLSearchParams): number {
    let sum = 0;
    for (let at = this.since(query); at < this.now; at += HOUR) sum += spentAt(at, HOUR);
    return sum;
  }

  private about(query: URLSearchParams) {
    return { since: new Date(this.since(query)).toISOString(), until: new Date(this.now).toISOString(), time_zone: query.get("time_zone") ?? "UTC" };
  }

  private costs(query: URLSearchParams): Costs {
    const by = (query.get("by") ?? "agent") as Costs["by"];
    const whole = this.whole(query);
    const rows = SOLD[by].map((one): CostRow => this.row(one, whole, OF_RUNS.has(by)));
    const total = this.row(everything(), whole, true);
    return { by, ...this.about(query), total, total_before_usd: whole * 0.91, per_success: total.per_success!, overlapping: by === "tag", items: rows, next: null };
  }

  private row(one: Sold, whole: number, judged: boolean): CostRow {
    const unknown = one.key.startsWith("local/");
    const cost = whole * one.share;
    const calls = unknown ? 840 : Math.round(2 + cost * 46);
    const ended = one.good + one.bad + one.open;
    const success = { succeeded: one.good, failed: one.bad, unproven: one.open, cost_usd: one.good ? (cost * (one.good + one.bad)) / ended / one.good : null, low_usd: ended ? cost / (one.good + one.open || 1) : null, high_usd: one.good ? cost / one.good : null };
    return { key: one.key, cost_usd: unknown ? null : cost, share: one.share, before_usd: cost * (0.8 + 0.3 * noise(one.key.length)), calls, unpriced_calls: unknown ? calls : one.key === "" && one.share === 1 ? 840 : 0, tokens_in: calls * 4_210, tokens_out: calls * 390, cache_read_tokens: calls * 1_900, cache_write_tokens: calls * 210, reasoning_tokens: calls * 60, per_success: judged ? success : null };
  }

  private series(query: URLSearchParams): CostSeries {
    const by = (query.get("by") ?? "agent") as Costs["by"];
    const ranked = SOLD[by].filter((one) => one.share > 0).toSorted((a, b) => b.share - a.share);
    const shown = ranked.slice(0, KEYS_SHOWN);
    const others = ranked.slice(KEYS_SHOWN).reduce((sum, one) => sum + one.share, 0);
    const keys = [...shown.map((one) => one.key), ...(others ? ["(others)"] : [])];
    const began = this.now - 62 * DAY;
    const items = this.buckets(query).map(({ at, until }, i) => {
      let sum = 0;
      for (let hour = at; hour < until; hour += HOUR) sum += spentAt(hour, HOUR);
      const known = until > began;
      const shares = [...shown.map((one, rank) => one.share * (0.8 + 0.4 * noise(i + 7 * rank))), ...(others ? [others] : [])];
      const all = shares.reduce((a, b) => a + b, 0) || 1;
      return { at: new Date(at).toISOString(), until: new Date(until).toISOString(), values: shares.map((share) => (known ? (sum * share) / all : null)), total_usd: known ? sum : null, unpriced_calls: 0 };
    });
    return { by, every: (query.get("every") ?? "day") as CostSeries["every"], ...this.about(query), keys, items, next: null };
  }

  private forecast(): Forecast {
    const calibration = { promised: 0.8, measured: 0.8, cases: 720, on: "generated days with weekends, wandering levels, drift and bursts; 7 to 28 known, 0 to 20 ahead" };
    return { subject: "window", key: "", at: this.at(0), ends_at: this.at(-9 * DAY), spent_usd: 702.18, unpriced_calls: 840, burn_usd_per_hour: 2.4, expected_usd: 981.4, low_usd: 924.1, high_usd: 1_066.9, method: "days", basis: 31, calibration, limit_usd: null, chance_over: null, runs_out_at: null, note: "" };
  }

  private anomalies(query: URLSearchParams) {
    const halted = [...this.world.told.values()].map((told) => told.run).find((run) => run.stopped_by);
    const items = [
      { kind: "run", agent: halted?.agent ?? "research", run: halted?.id ?? "", at: this.at(3 * HOUR), cost_usd: 4.7, usual_usd: 0.117, times: 40.2, baseline: 214, false_alarm_rate: 0.0047 },
      { kind: "hour", agent: "sales", run: "", at: this.at(20 * HOUR), cost_usd: 11.9, usual_usd: 1.3, times: 9.2, baseline: 671, false_alarm_rate: 0.003 },
    ];
    const { since, until } = this.about(query);
    return { since, until, looked_at: 1_208, learning: ["refunds"], items, next: null };
  }

  private whatIf(query: URLSearchParams): WhatIf {
    const model = query.get("model_instead") ?? "";
    const cost = this.whole(query);
    const known = /claude|gpt|gemini/.test(model);
    const would = known ? cost * 0.31 : null;
    const { since, until } = this.about(query);
    const warnings = [...(known ? [] : [`no price is known for ?/${model}: the cost is unknown, not zero`]), "another model counts the same text as other tokens, and may need more or fewer calls: this is its price, not its behaviour"];
    return { since, until, provider: "", model, price_source: "genai-prices", price_version: "2026.2", warnings, cost_usd: cost, would_cost_usd: would, difference_usd: would === null ? null : would - cost, items: [], next: null };
  }

  private variance(): Variances {
    const rows: [string, string, number, number, Variances["items"][number]["reason"]][] = [
      [this.day(8), "claude-sonnet-4-5", 21.4, 21.38, "matched"],
      [this.day(8), "claude-haiku-4-5", 2.02, 1.61, "unexplained"],
      [this.day(7), "claude-opus-4-5", 12.6, 0, "not_seen"],
      [this.day(7), "claude-sonnet-4-5", 18.9, 18.92, "matched"],
      [this.day(6), "", 0.98, 0, "no_model"],
    ];
    const items = rows.map(([day, model, billed_usd, recorded_usd, reason]) => ({ day, model, billed_usd, recorded_usd, difference_usd: billed_usd - recorded_usd, reason }));
    return { invoice: this.invoices[0]!, billed_usd: 612.4, recorded_usd: 598.3, difference_usd: 14.1, explained_usd: 13.6, unexplained_usd: 0.41, reasons: {}, items, next: null };
  }

  private reliability(query: URLSearchParams): Reliability {
    const by = query.get("by") === "version" ? "version" : "agent";
    const items = SOLD[by].map((one, i): Conduct => {
      const [agent = "", version = ""] = one.key.split("@");
      return this.conduct(agent, version, one, 40 + 170 * one.share * 10, i);
    });
    const whole = everything();
    const { since, until } = this.about(query);
    const halted = [...this.world.told.values()].map((told) => told.run).find((run) => run.stopped_by);
    return { since, until, total: this.conduct("", "", whole, 1_940, 9), safe_fallback: { runs: 63, still_open: 2, p50_s: 4.2, p95_s: 41.7, longest_s: 312, longest_run: halted?.id ?? "" }, items, next: null };
  }

  private conduct(agent: string, version: string, one: Sold, calls: number, seed: number): Conduct {
    const asked = Math.round(calls);
    const failed = Math.round(asked * 0.02 * (1 + 2 * noise(seed)));
    const effects = agent === "research" ? 0 : Math.round(asked / 9);
    return { agent, version, runs: one.good + one.bad + one.open, unproven: one.open, task_success: ratio(one.good, one.good + one.bad), tool_validity: ratio(asked - (seed % 4), asked), tool_success: ratio(asked - failed, asked), model_success: ratio(asked * 2 - 3, asked * 2), postconditions: ratio(effects - (seed % 3), effects), asked: 12, denied: 31, halted: 2, loops: agent === "research" ? 3 : agent ? 0 : 3, model: { calls: asked * 2, mean_ms: 2_140, p50_ms: 1_724, p95_ms: 6_894 - 400 * seed, p99_ms: 11_000 }, tool: { calls: asked, mean_ms: 310, p50_ms: 181, p95_ms: 1_218 + 90 * seed, p99_ms: 4_096 }, model_time_share: 0.93 };
  }

  private rates(query: URLSearchParams): RateSeries {
    const metric = (query.get("metric") ?? "task_success") as RateSeries["metric"];
    const level = { task_success: 0.91, tool_validity: 0.994, tool_success: 0.965, model_success: 0.998, postconditions: 0.97 }[metric];
    const items = this.buckets(query).map(({ at, until }, i) => {
      const quiet = noise(i + 3) < 0.12;
      const total = quiet ? 0 : Math.round(20 + 80 * noise(i + 11));
      const good = Math.round(total * Math.min(1, level * (0.97 + 0.05 * noise(i))));
      return Object.assign({ at: new Date(at).toISOString(), until: new Date(until).toISOString() }, ratio(Math.min(good, total), total));
    });
    return { metric, every: (query.get("every") ?? "day") as RateSeries["every"], ...this.about(query), items, next: null };
  }

  private escalations(query: URLSearchParams): Escalations {
    const { since, until } = this.about(query);
    const run = [...this.world.told.keys()][0] ?? "";
    const row = (verdict: "ask" | "halt", stage: string, rule: string, agents: string[], times: number) => ({ verdict, stage, rule, agents, count: times, share: times / 96, last_run: run, last_at: this.at(HOUR) });
    return { since, until, total: 96, complete: true, items: [row("ask", "policy", "refund.over-100", ["support", "refunds"], 61), row("ask", "flow", "flow.outbound", ["sales"], 24), row("halt", "detector", "holdfast:exchanges", ["research"], 7), row("ask", "policy", "discount.threshold", ["sales"], 4)], next: null };
  }

  private slos(): Slo[] {
    const make = (name: string, indicator: Slo["indicator"], agent: string, objective: number, good: number, total: number, state: Slo["state"], burns: Slo["burns"], threshold = 0): Slo => ({ name, indicator, objective, threshold, agent, version: "", days: 28, description: "", by: "mira", since: this.at(20 * DAY), state, good, total, value: good / total, budget: (1 - objective) * total, budget_left: 1 - (total - good) / ((1 - objective) * total), burns, alerts: this.alerts().filter((one) => one.slo === name && one.state === "firing") });
    return [
      make("cheap-tickets", "run_cost", "support", 0.95, 1_811, 1_860, "ok", [burn("page", 1, 1 / 12, 13.4, 0.4, 0)], 0.5),
      make("fast-models", "model_latency", "", 0.99, 20_102, 20_400, "spent", [burn("ticket", 72, 6, 0.9, 0.7, 0.2)], 10),
      make("sales-tools", "tool_success", "sales", 0.99, 402, 419, "burning", [burn("page", 6, 0.5, 5.6, 7.9, 6.1)]),
    ];
  }

  private alerts(): SloAlert[] {
    return [
      { id: "alt_1", slo: "sales-tools", severity: "page", state: "firing", began_at: this.at(0.4 * HOUR), ended_at: null, burn_long: 7.9, burn_short: 6.1, threshold: 5.6 },
      { id: "alt_2", slo: "fast-models", severity: "ticket", state: "resolved", began_at: this.at(3 * DAY), ended_at: this.at(2.6 * DAY), burn_long: 1.4, burn_short: 1.1, threshold: 0.9 },
    ];
  }

  private at(ago: number): string {
    return new Date(this.now - ago).toISOString();
  }

  private day(ago: number): string {
    return this.at(ago * DAY).slice(0, 10);
  }
}
