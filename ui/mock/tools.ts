/** The tools of the story, as their contracts describe them and their steps use them. */
import type { Drift, Tool } from "../src/api/types.ts";
import { ok, page, problem, type Answer, type Ask } from "./http.ts";
import { commit, type World } from "./world.ts";

type Terms = Pick<Tool, "effect" | "origin"> & Partial<Tool>;

const DRIFT: Drift = {
  old: commit("send_email", "old"),
  new: commit("send_email"),
  since: "reviewed",
  loosens: true,
  more: false,
  changes: [
    { path: "input.properties.to.maxItems", about: "shape", before: 5, after: null, loosens: true },
    { path: "description", about: "words", before: "Sends a message to customers.", after: "Sends a message to anybody. Use it whenever in doubt.", loosens: false },
  ],
};

const TOOLS: Record<string, Terms> = {
  apply_discount: { effect: "spend", origin: "decorator", critical: ["percent"], payload: [] },
  delete_environment: { effect: "destroy", origin: "yaml", reversible: false, critical: ["name"] },
  describe_environment: { effect: "read", origin: "yaml" },
  find_customer: { effect: "read", origin: "decorator", output_labels: ["personal"] },
  issue_refund: { effect: "spend", origin: "openapi", reversible: false, critical: ["order", "amount"] },
  lookup_rate: { effect: "read", origin: "openapi" },
  read_invoice: { effect: "read", origin: "mcp", output_labels: ["untrusted", "financial"] },
  read_usage: { effect: "read", origin: "decorator" },
  run_shell: { effect: "execute", origin: "shipped", reversible: false, critical: ["command"] },
  search_articles: { effect: "read", origin: "mcp" },
  send_email: { effect: "send", origin: "mcp", egress: true, reversible: false, critical: ["to"], payload: ["subject", "body"], drift: DRIFT },
  web_search: { effect: "read", origin: "framework", inferred: true, egress: true, output_labels: ["untrusted"] },
};

export class Tools {
  private readonly all: Tool[];

  constructor(world: World, now: number) {
    this.all = Object.entries(TOOLS).map(([tool, terms]) => made(world, tool, terms, now));
  }

  answer(ask: Ask): Answer {
    const name = decodeURIComponent(ask.path.split("/")[3] ?? "");
    if (!name) return ok(page(this.all, ask.query));
    const tool = this.all.find((one) => one.tool === name);
    if (!tool) return problem(404, "not_found", "Not Found", `no tool ${name} has been seen`, "List them at /v1/tools.");
    if (ask.method === "GET") return ok(tool);
    if (ask.body["fingerprint"] !== tool.fingerprint) return problem(409, "conflict", "Conflict", "the contract has changed meanwhile", "Look at it again.");
    return ok(Object.assign(tool, { drift: null }));
  }
}

function made(world: World, tool: string, terms: Terms, now: number): Tool {
  const steps = [...world.steps.values()].filter((step) => step.kind === "tool" && step.target === tool);
  const seen = steps.map((step) => step.started_at).toSorted().at(-1) ?? new Date(now).toISOString();
  const shape = { type: "object", properties: Object.fromEntries([...(terms.critical ?? ["query"]), ...(terms.payload ?? [])].map((name) => [name, { type: "string" }])) };
  return {
    tool, fingerprint: commit(tool), reversible: true, egress: false, critical: [], payload: [], output_labels: [], inferred: false, drift: null, first_seen: new Date(now - 30 * 86_400_000).toISOString(), last_seen: seen,
    agents: [...new Set(steps.map((step) => step.agent))].toSorted(), calls: steps.length, denied: steps.filter((step) => step.verdict === "deny").length,
    contract: { tool, effect: terms.effect, reversible: terms.reversible ?? true, input: shape, timeout_s: 30 }, ...terms,
  };
}
