/** The story's model gateway: three providers, one of them down, and calls that come and go. */
import type { GatewayCall, GatewayKey, GatewayProvider, GatewayRoute, GatewayStatus, GatewayKeyAsk, PlaygroundAsk, Played, GatewayProviderAsk, GatewayRouteAsk, Step } from "../src/api/types.ts";
import { ok, page, problem, type Answer, type Ask } from "./http.ts";
import { random } from "./random.ts";
import { commit, type World } from "./world.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const CALLS_KEPT = 160;
const LIVE = 3;
const URL_SAID = "http://127.0.0.1:7421";

export class Gateway {
  private readonly keys: GatewayKey[];
  private providers: GatewayProvider[];
  private routes: GatewayRoute[];
  private readonly calls: GatewayCall[];
  private served = 48_213;

  constructor(
    world: World,
    private readonly now: number,
  ) {
    this.keys = KEYS.map((seed, i) => this.made(seed, i));
    this.providers = PROVIDERS.map((seed) => Object.assign({}, EMPTY_PROVIDER, { updated_at: this.ago(9 * DAY), by: "Robin" }, seed));
    this.routes = ROUTES.map((seed) => Object.assign({}, EMPTY_ROUTE, { by: "Robin", updated_at: this.ago(4 * DAY) }, seed));
    this.calls = callsOf(world, this.keys);
  }

  answer(ask: Ask): Answer {
    const [, , , noun = "", id = "", verb = ""] = ask.path.split("/").map(decodeURIComponent);
    if (noun === "") return ok(this.status());
    if (noun === "calls") return ok(page(this.calls, ask.query));
    if (noun === "playground") return this.play(ask.body as PlaygroundAsk);
    if (noun === "keys") return this.key(ask, id, verb);
    if (noun === "providers") return this.provider(ask, id, verb);
    if (noun === "routes") return this.route(ask, id);
    return problem(404, "not_found", "There is no such address", ask.path);
  }

  /** Time passes: streams go on, one ends, another begins. */
  tick(): void {
    this.served += 31;
    for (const call of this.calls) if (call.state === "streaming") call.tokens_out = (call.tokens_out ?? 0) + 37;
  }

  private status(): GatewayStatus {
    const streams = this.calls.filter((call) => call.state === "streaming").length;
    return {
      url: URL_SAID,
      problem: "",
      problems: [],
      nodes: [{ name: "gw-1", host: "127.0.0.1", pid: 48_110, url: URL_SAID, state: "up", version: 41, bundle: "", waiting_bytes: 0, waiting_s: 0, seen_at: new Date().toISOString(), problems: [] }],
      workers: [
        { name: "worker-1", node: "gw-1", restarts: 0, pid: 48_112, state: "ready", started_at: this.ago(3.2 * DAY), connections: 64, streams, requests: this.served, rate: 12.4, p50_ms: 1_384, own_us: 41, rss_mb: 62.4, shed: 0 },
        { name: "worker-2", node: "gw-1", restarts: 0, pid: 48_113, state: "ready", started_at: this.ago(3.2 * DAY), connections: 58, streams: 0, requests: this.served - 911, rate: 11.8, p50_ms: 1_402, own_us: 43, rss_mb: 61.9, shed: 0 },
      ],
      providers: [
        { name: "openai/gpt-4o", state: "closed", requests: 31_204, errors: 12, p50_ms: 1_290, ttft_ms: 412 },
        { name: "anthropic/claude-sonnet-4-5", state: "closed", requests: 14_880, errors: 3, p50_ms: 1_610, ttft_ms: 538 },
        { name: "local/llama-3.3-70b", state: "open", requests: 902, errors: 40, p50_ms: null, ttft_ms: null },
      ],
      turned_away: { invalid_api_key: 12, model_not_found: 3 },
      cache: { hits: 6_120, misses: 18_447, sampled: 122, false_hits: 1, avoided_usd: 38.91 },
    };
  }

  private key(ask: Ask, id: string, verb: string): Answer {
    if (ask.method === "GET") return ok(page(this.keys, ask.query));
    if (!id) {
      const { ttl_s, by, ...said } = ask.body as GatewayKeyAsk;
      const at = new Date().toISOString();
      const key = this.made({ ...said, created_by: by, created_at: at, used_usd: said.budget_usd ? 0 : null, expires_at: ttl_s ? new Date(Date.now() + ttl_s * 1000).toISOString() : null, last_used_at: null }, this.keys.length);
      this.keys.unshift(key);
      return ok({ ...key, secret: secretOf(key.id) }, 201);
    }
    const key = this.keys.find((one) => one.id === id);
    if (!key) return problem(404, "not_found", "Not Found", `there is no key ${id}`, "List them at /v1/gateway/keys.");
    if (key.state !== "active") return problem(409, "conflict", "Conflict", `the key ${id} is ${key.state}`, "Make a new one.");
    const at = new Date();
    if (verb === "revoke") return ok(Object.assign(key, { state: "revoked", revoked_at: at.toISOString(), revoked_by: String(ask.body["by"]) }));
    const grace = Number(ask.body["grace_s"] ?? 0);
    const secret = secretOf(`${id} ${at.getTime()}`);
    return ok({ ...Object.assign(key, { prefix: secret.slice(0, 9), rotated_at: at.toISOString(), old_until: grace ? new Date(at.getTime() + grace * 1000).toISOString() : null }), secret });
  }

  private provider(ask: Ask, name: string, verb: string): Answer {
    if (ask.method === "GET") return ok(page(this.providers, ask.query));
    const known = this.providers.find((one) => one.name === name);
    if (ask.method === "PUT") {
      const { secret, ...said } = ask.body as GatewayProviderAsk;
      const hidden = secret ? { has_secret: true, secret_hint: secret.slice(-4) } : {};
      const next = { ...(known ?? { ...EMPTY_PROVIDER, name }), ...said, ...hidden, updated_at: new Date().toISOString() };
      this.providers = known ? this.providers.map((one) => (one === known ? next : one)) : [...this.providers, next];
      return ok(next);
    }
    if (!known) return problem(404, "not_found", "Not Found", `there is no provider ${name}`, "List them at /v1/gateway/providers.");
    if (verb === "check") return ok(known.name === "local" ? { ok: false, status: null, took_ms: 5_003, detail: "could not connect to 127.0.0.1:11434 within 5 s; is it running?", models: [] } : { ok: true, status: 200, took_ms: 214, detail: "", models: known.models.slice(0, 3) });
    if (known.built_in) return problem(409, "conflict", "Conflict", `${name} stands in the environment of the server`, "Unset its variable there.");
    this.providers = this.providers.filter((one) => one !== known);
    return ok(known);
  }

  private route(ask: Ask, alias: string): Answer {
    if (ask.method === "GET") return ok(page(this.routes, ask.query));
    const known = this.routes.find((one) => one.alias === alias);
    if (ask.method === "PUT") {
      const said = ask.body as GatewayRouteAsk;
      const lost = said.targets.find((target) => !this.providers.some((one) => one.name === target.provider));
      if (lost) return problem(422, "invalid", "Unprocessable Content", `there is no provider ${lost.provider}`, "List them at /v1/gateway/providers.");
      const next = { ...EMPTY_ROUTE, ...said, alias, updated_at: new Date().toISOString() };
      this.routes = known ? this.routes.map((one) => (one === known ? next : one)) : [...this.routes, next];
      return ok(next);
    }
    if (!known) return problem(404, "not_found", "Not Found", `there is no route ${alias}`, "List them at /v1/gateway/routes.");
    this.routes = this.routes.filter((one) => one !== known);
    return ok(known);
  }

  private play(ask: PlaygroundAsk): Answer {
    const model = ask.route || "gpt-4o";
    const agent = ask.agent || this.keys.find((key) => key.id === ask.key_id)?.agent || "";
    const last = this.calls.find((call) => call.agent === agent) ?? this.calls[0]!;
    const marks = { "x-holdfast-run": last.run, "x-holdfast-step": last.id };
    if (JSON.stringify(ask.body).includes("web_search")) {
      const reasons = [{ rule: "models.hosted-tools", message: "Tools that run at the provider are not offered.", cure: "" }];
      const body = { error: { message: "Holdfast refused this call. Tools that run at the provider are not offered.", type: "holdfast_deny", param: null, code: "holdfast_deny" } };
      return ok({ status: 403, decision: { step: last.id, run: last.run, verdict: "deny", reasons }, body, headers: { ...marks, "content-type": "application/json", "x-holdfast-decision": "deny", "x-should-retry": "false" }, ms: 1.9 } satisfies Played);
    }
    const text = "Hello. I am the model behind this route.";
    const bodies = {
      chat: { id: "chatcmpl-story", object: "chat.completion", model, choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }], usage: { prompt_tokens: 14, completion_tokens: 9, total_tokens: 23 } },
      responses: { id: "resp-story", object: "response", model, status: "completed", output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }], usage: { input_tokens: 14, output_tokens: 9, total_tokens: 23 } },
      messages: { id: "msg-story", type: "message", role: "assistant", model, content: [{ type: "text", text }], stop_reason: "end_turn", usage: { input_tokens: 14, output_tokens: 9 } },
    };
    return ok({ status: 200, decision: { step: last.id, run: last.run, verdict: "transform", reasons: [{ rule: "budget.key", message: "The answer is limited to what the budget of the key still holds.", cure: "" }] }, body: bodies[ask.api as keyof typeof bodies], headers: { ...marks, "content-type": "application/json", "x-holdfast-cache": "miss", "x-holdfast-clamped": "max_tokens=4096", "x-holdfast-decision": "transform" }, ms: 812.4 } satisfies Played);
  }

  private made(seed: Partial<GatewayKey> & { name: string; agent: string }, index: number): GatewayKey {
    const id = `key_${commit(seed.name, String(index)).slice(0, 12)}`;
    const whole = { version: "", owner: "", project: "default", models: [], labels: [], tags: {}, budget_usd: null, used_usd: null, budget_window: seed.budget_usd ? ("day" as const) : null, expires_at: null, created_at: this.ago((index + 1) * 6 * DAY), created_by: "Robin", last_used_at: this.ago((index + 1) * 3 * MINUTE), rotated_at: null, old_until: null, revoked_at: null, revoked_by: "" };
    const until = seed.expires_at ? Date.parse(seed.expires_at) : Infinity;
    return { ...whole, id, prefix: secretOf(id).slice(0, 9), state: seed.revoked_at ? "revoked" : until < this.now ? "expired" : "active", ...seed, ...(seed.name === "Tender portal" && { expires_at: this.ago(-9 * DAY) }), ...(seed.name === "Old desk" && { revoked_at: this.ago(2 * DAY), revoked_by: "Sam" }) };
  }

  private ago(ms: number): string {
    return new Date(this.now - ms).toISOString();
  }
}

const secretOf = (id: string) => `hf-${commit(id, "secret").slice(0, 46)}`;

const EMPTY_PROVIDER: GatewayProvider = { name: "", base_url: "", apis: ["chat"], auth: "bearer", has_secret: false, secret_hint: "", headers: {}, models: ["*"], region: "", ca_file: "", connect_s: 5, first_byte_s: 120, idle_s: 60, connections_max: 256, built_in: false, problem: "", by: "", updated_at: null };
const EMPTY_ROUTE: GatewayRoute = { alias: "", targets: [], strategy: "order", tries: 3, retry_ratio: 0.2, sticky: true, hedge_ms: 0, cache: null, escalate: null, problem: "", by: "", updated_at: "" };

const KEYS: (Partial<GatewayKey> & { name: string; agent: string })[] = [
  { name: "Service desk", agent: "support", owner: "service", models: ["smart", "openai/*"], budget_usd: 40, used_usd: 27.18, labels: ["customer-data"], tags: { team: "care" } },
  { name: "Invoice matching", agent: "invoices", owner: "finance", models: ["smart", "cheap"], budget_usd: 25, used_usd: 24.61 },
  { name: "Renewal offers", agent: "renewals", owner: "sales" },
  { name: "Tender portal", agent: "researcher", owner: "research", models: ["anthropic/*"], budget_usd: 12, used_usd: 12 },
  { name: "Freight quotes", agent: "quotes", owner: "logistics", models: ["cheap"] },
  { name: "Old desk", agent: "support", owner: "service", state: "revoked" },
];

const PROVIDERS: (Partial<GatewayProvider> & { name: string })[] = [
  { name: "openai", base_url: "https://api.openai.com", apis: ["chat", "responses", "embeddings", "files"], has_secret: true, secret_hint: "9fQ2", models: ["gpt-*", "o*"], built_in: true, by: "", updated_at: null },
  { name: "anthropic", base_url: "https://api.anthropic.com", apis: ["messages"], auth: "x-api-key", has_secret: true, secret_hint: "kA7w", models: ["claude-*"], region: "eu" },
  { name: "local", base_url: "http://127.0.0.1:11434", auth: "none", models: ["llama-*", "qwen*"] },
];

const ROUTES: (Partial<GatewayRoute> & { alias: string })[] = [
  { alias: "smart", targets: [{ provider: "anthropic", model: "claude-sonnet-4-5", weight: 1, resumes: false }, { provider: "openai", model: "gpt-4o", weight: 1, resumes: false }] },
  { alias: "cheap", strategy: "cost", targets: [{ provider: "local", model: "llama-3.3-70b", weight: 1, resumes: false }, { provider: "openai", model: "gpt-4o-mini", weight: 1, resumes: false }], cache: { exact: true, semantic: true, ttl_s: 3600, bytes_max: 67_108_864, threshold: 0.95, embeddings: "local", tools: false, personal: false, sample: 0.02 }, escalate: { threshold: 0.5, confidence: "words" } },
  { alias: "spread", strategy: "weight", targets: [{ provider: "openai", model: "gpt-4o", weight: 3, resumes: false }, { provider: "anthropic", model: "claude-sonnet-4-5", weight: 1, resumes: false }], sticky: false },
];

/** The model steps of the story are the gateway's calls, so that each leads to its run. */
function callsOf(world: World, keys: readonly GatewayKey[]): GatewayCall[] {
  const steps = [...world.told.values()].filter(({ run }) => run.steps < 1000 && run.governed).flatMap((told) => told.steps.filter((step) => step.kind === "model"));
  const latest = steps.toSorted((a, b) => b.started_at.localeCompare(a.started_at)).slice(0, CALLS_KEPT);
  const dice = random(7);
  const told = latest.map((step) => callOf(step, keys.find((key) => key.agent === step.agent)?.id ?? "", dice));
  const live = told.slice(0, LIVE).map((call) => Object.assign(call, { state: "streaming", streamed: true, cache: "", cost_usd: null, upstream_ms: null, began_at: new Date(Date.now() - dice.between(900, 6000)).toISOString(), ttft_ms: dice.between(300, 700), own_us: 40 }));
  return [...live, ...told.slice(LIVE)];
}

function callOf(step: Step, key: string, dice: ReturnType<typeof random>): GatewayCall {
  const [provider = "", ...model] = step.target.split("/");
  const refused = step.verdict === "deny" || step.verdict === "halt";
  const cached = dice.next() < 0.18 && !refused;
  const upstream = refused || cached ? null : (step.duration_ms ?? 0);
  return {
    id: step.id,
    run: step.run,
    agent: step.agent,
    key,
    route: dice.next() < 0.6 ? (provider === "anthropic" ? "smart" : "spread") : "",
    provider,
    model: model.join("/"),
    state: refused ? (step.verdict === "halt" ? "halted" : "refused") : step.error ? "failed" : "done",
    streamed: dice.next() < 0.7,
    began_at: step.started_at,
    ttft_ms: upstream === null ? null : upstream * dice.between(0.2, 0.4),
    own_us: Math.round(dice.between(28, 74)),
    upstream_ms: upstream,
    tokens_in: step.tokens_in || null,
    tokens_out: step.tokens_out || null,
    cost_usd: cached ? 0 : step.cost_usd,
    verdict: step.verdict ?? "",
    cache: cached ? (dice.next() < 0.7 ? "exact" : "semantic") : "",
  };
}
