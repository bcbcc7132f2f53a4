/** The fake server: a story, the changes people make to it, and the events that tell of them. */
import type { ServerResponse } from "node:http";
import type { Approval, Kill, RunSummary } from "../src/api/types.ts";
import { violations } from "../src/lib/schema.ts";
import type { Json } from "../src/api/types.ts";
import { breathe } from "./chapters/live.ts";
import { Governing } from "./governing.ts";
import { ok, page, problem, type Answer, type Ask } from "./http.ts";
import { linksOf } from "./links.ts";
import { compare, outline } from "./outline.ts";
import { fleet, listRuns, listSteps, oneRun, oneStep } from "./runs.ts";
import { attribution, listSessions } from "./sessions.ts";
import { Searching } from "./search.ts";
import { tell, type Story } from "./story.ts";
import { commit, enter, recount } from "./world.ts";

const RESUME_MS = 600;

export class MockServer {
  private story: Story = tell(Date.now());
  private governing = new Governing(this.story.world, Date.now(), (type, data) => this.emit(type, data));
  private searching = new Searching();
  private readonly listeners = new Set<ServerResponse>();
  private readonly startedAt = new Date().toISOString();
  private sequence = 0;

  reset(): void {
    this.searching = new Searching();
    this.story = tell(Date.now());
    this.governing = new Governing(this.story.world, Date.now(), (type, data) => this.emit(type, data));
  }

  answer(ask: Ask): Answer {
    const { world } = this.story;
    const [, , noun = "", id = "", verb = ""] = ask.path.split("/");
    switch (`${ask.method} ${noun}`) {
      case "GET fleet":
        return ok(fleet(world, Date.now()));
      case "GET health":
        return ok({ status: "ok", version: "0.1.0", ready: true, started_at: this.startedAt, data: ".holdfast", project: "default", problem: "", otlp_port: 4318, spans: { pending: 0, stored: 1840, dropped_by_processes: 0 } });
      case "GET runs":
        if (!id) return listRuns(world, ask.query);
        if (verb === "steps") return listSteps(world, id, ask.query);
        if (verb === "attribution") return attribution(world, id);
        if (verb === "outline") return outline(world, id);
        if (verb === "compare") return compare(world, id, ask.query.get("with") ?? "");
        if (verb === "links") return ok({ links: linksOf(world, id), cut: false });
        if (verb === "conversation") return ok({ messages: this.conversation(id) });
        return oneRun(world, id);
      case "GET sessions":
        return listSessions(world, decodeURIComponent(id), verb, ask.query);
      case "GET steps":
        return oneStep(world, id);
      case "GET approvals":
        return id ? this.approval(id, ok) : this.approvals(ask.query);
      case "POST approvals":
        return this.approval(id, (approval) => this.settle(approval, ask.body));
      case "GET kills":
        return ok(page(world.kills, ask.query));
      case "POST kills":
        return this.kill(ask.body);
      case "DELETE kills":
        return this.lift(id, ask.body);
      case "GET ledger":
        return this.ledger(id, verb, ask.query);
      case "POST ledger":
        return ok(this.verify());
      case "GET search":
      case "GET views":
      case "POST views":
      case "PATCH views":
      case "DELETE views":
        return this.searching.answer(ask, world);
      default:
        return this.governing.answer(ask);
    }
  }

  follow(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write("retry: 1000\n\n");
    this.listeners.add(response);
    response.on("close", () => this.listeners.delete(response));
  }

  /** Time passes. */
  tick(): void {
    if (this.listeners.size === 0) return;
    for (const told of this.story.live) {
      const changed = breathe(this.story.world, told, Date.now());
      for (const step of changed) this.emit("step.updated", step);
      if (changed.length) this.emit("run.updated", told.run);
    }
    this.governing.tick();
    this.emit("fleet.updated", {});
  }

  tamper(): void {
    this.story.world.tamperedAt = 41;
  }

  private emit(type: string, data: unknown): void {
    this.sequence += 1;
    for (const listener of this.listeners) listener.write(`id: ${this.sequence}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private conversation(run: string) {
    const { world } = this.story;
    const trace = world.told.get(run)?.run.trace;
    return [...world.told.values()].filter((told) => told.run.trace === trace).flatMap((told) => told.messages).toSorted((a, b) => a.at.localeCompare(b.at));
  }

  private approvals(query: URLSearchParams): Answer {
    const states = query.getAll("state");
    const found = this.story.world.approvals.filter((approval) => states.length === 0 || states.includes(approval.state));
    return ok(page(found.toSorted((a, b) => b.asked_at.localeCompare(a.asked_at)), query));
  }

  private approval(id: string, then: (approval: Approval) => Answer): Answer {
    const approval = this.story.world.approvals.find((each) => each.id === id);
    return approval ? then(approval) : problem(404, "approval_not_found", "There is no such approval");
  }

  private settle(approval: Approval, body: Record<string, unknown>): Answer {
    if (approval.state !== "pending") return problem(409, "already_answered", "Somebody answered first", `${approval.answered_by} has ${approval.state === "refused" ? "refused" : "approved"} it.`, "Read their note; nothing more is needed.");
    const edited = body["arguments"] as Record<string, Json> | null | undefined;
    const broken = edited ? violations(edited, approval.schema as Json) : [];
    if (broken[0]) return problem(422, "arguments_invalid", "The arguments break the tool's contract", `${broken[0].path} ${broken[0].message}`, "Correct them and approve again.");
    const by = String(body["by"]);
    const now = new Date().toISOString();
    const role = String(body["role"] ?? "") || (approval.roles.find((each) => !approval.answers.some((answer) => answer.role === each)) ?? "");
    approval.answers.push({ at: now, by, note: String(body["note"] ?? ""), role, verdict: body["verdict"] as "approve" | "refuse" });
    if (edited) Object.assign(approval, { edited: true, approved_arguments: edited });
    const refused = body["verdict"] === "refuse";
    if (refused || approval.answers.length >= approval.roles.length) {
      const args = approval.approved_arguments ?? approval.arguments;
      Object.assign(approval, { state: refused ? "refused" : "approved", answered_at: now, answered_by: by, note: String(body["note"] ?? "") });
      if (!refused) Object.assign(approval, { approved_arguments: args, approved_digest: commit(approval.step, JSON.stringify(args)) });
      setTimeout(() => this.resume(approval), RESUME_MS);
    }
    this.emit("approval.updated", approval);
    return ok(approval);
  }

  private resume(approval: Approval): void {
    const { world } = this.story;
    const told = world.told.get(approval.run);
    const step = world.steps.get(approval.step);
    if (!told || !step) return;
    const now = new Date().toISOString();
    const approved = approval.state === "approved";
    Object.assign(step, { state: approved ? "done" : "refused", ended_at: now, duration_ms: Date.now() - Date.parse(step.started_at) });
    if (approved) {
      Object.assign(approval, { state: "used", used_at: now });
      world.details.set(step.id, { ...world.details.get(step.id), arguments: approval.approved_arguments, result: { applied: true } });
      enter(world, step);
    }
    this.finish(told.run, "completed");
    recount(told);
    this.emit("step.updated", step);
    this.emit("run.updated", told.run);
    this.emit("approval.updated", approval);
    this.emit("ledger.updated", { size: world.ledger.length });
  }

  private finish(run: RunSummary, state: RunSummary["state"]): void {
    const now = Date.now();
    Object.assign(run, { state, ended_at: new Date(now).toISOString(), duration_ms: now - Date.parse(run.started_at), in_flight: [] });
    const told = this.story.world.told.get(run.id);
    for (const step of told?.steps ?? []) {
      if (step.state === "running" || step.state === "waiting") Object.assign(step, { state: state === "halted" ? "halted" : "done", ended_at: run.ended_at, duration_ms: now - Date.parse(step.started_at) });
    }
  }

  private kill(body: Record<string, unknown>): Answer {
    const { world } = this.story;
    const kill: Kill = { id: commit(String(world.kills.length), "kill").slice(0, 16), scope: body["scope"] as Kill["scope"], target: String(body["target"] ?? ""), reason: String(body["reason"] ?? ""), by: String(body["by"]), at: new Date().toISOString(), lifted_at: null, lifted_by: "", seen: [{ process: "p-4f0a", latency_ms: 3.4 }, { process: "p-81c2", latency_ms: 5.1 }] };
    world.kills.unshift(kill);
    for (const { run } of world.told.values()) {
      const hit = kill.scope === "org" || [run.id, run.agent, run.session].includes(kill.target);
      if (!hit || (run.state !== "running" && run.state !== "waiting")) continue;
      run.stopped_by = { rule: `kill:${kill.id}`, message: kill.reason || `Stopped by ${kill.by}`, stage: "kill" };
      this.finish(run, "halted");
      for (const approval of world.approvals) if (approval.run === run.id && approval.state === "pending") approval.state = "withdrawn";
      this.emit("run.updated", run);
    }
    this.emit("kill.updated", kill);
    return ok(kill, 201);
  }

  private lift(id: string, body: Record<string, unknown>): Answer {
    const kill = this.story.world.kills.find((each) => each.id === id);
    if (!kill) return problem(404, "kill_not_found", "There is no such stop");
    Object.assign(kill, { lifted_at: new Date().toISOString(), lifted_by: String(body["by"]) });
    this.emit("kill.updated", kill);
    return ok(kill);
  }

  private ledger(id: string, verb: string, query: URLSearchParams): Answer {
    const { ledger } = this.story.world;
    const root = commit("root", String(ledger.length));
    const note = `holdfast/default\n${ledger.length}\n${root.slice(0, 44)}\n\n— holdfast/default ${commit("signature").slice(0, 40)}\n`;
    if (id === "checkpoint") return ok({ origin: "holdfast/default", size: ledger.length, root, note, key: `holdfast/default+4fa1c2d9+${commit("key").slice(0, 44)}` });
    if (verb === "receipt") return ok({ index: Number(id), leaf: Buffer.from(JSON.stringify(ledger[Number(id)]?.record)).toString("base64"), leaf_hash: ledger[Number(id)]?.leaf_hash, size: ledger.length, root, proof: [commit("a"), commit("b"), commit("c")], checkpoint: note });
    const text = (query.get("q") ?? "").toLowerCase();
    const found = ledger.filter((entry) => !text || JSON.stringify([entry.record, entry.agent, entry.rules]).toLowerCase().includes(text));
    return ok(page(found.toReversed(), query));
  }

  private verify() {
    const { ledger, tamperedAt } = this.story.world;
    const bad = tamperedAt !== null;
    return { ok: !bad, size: ledger.length, root: commit("root", String(ledger.length)), bad_index: tamperedAt, error: bad ? "leaf hash does not match its bytes" : "", took_ms: 38.2 };
  }
}
