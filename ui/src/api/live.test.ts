import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow, type Link } from "./live";

class FakeSource extends EventTarget {
  static CLOSED = 2;
  static opened: FakeSource[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }
  close() {
    this.readyState = 2;
  }
  tell(type: string, value: unknown) {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(value) }));
  }
}

let client: QueryClient;
let links: Link[];
let stop: () => void;
const source = () => FakeSource.opened.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  FakeSource.opened = [];
  client = new QueryClient();
  links = [];
  stop = follow(client, (link) => links.push(link));
});

afterEach(() => {
  stop();
  client.clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a step or a run that changes makes the outline of its trace stale, and no other", async () => {
  for (const trace of ["r", "s", "t"]) client.setQueryData(["outline", trace], { trace });
  source().tell("step.updated", { id: "a", run: "r", trace: "r", state: "done" });
  source().tell("run.updated", { id: "s", trace: "s" });
  await vi.advanceTimersByTimeAsync(200);
  expect(["r", "s", "t"].map((trace) => client.getQueryState(["outline", trace])?.isInvalidated)).toEqual([true, true, false]);
});

test("a run is renewed on its page without losing what only the page has", async () => {
  client.setQueryData(["run", "r"], { id: "r", trace: "r", state: "running", labels: ["untrusted"] });
  source().tell("run.updated", { id: "r", trace: "r", state: "halted" });
  await vi.advanceTimersByTimeAsync(200);
  expect(client.getQueryData(["run", "r"])).toEqual({ id: "r", trace: "r", state: "halted", labels: ["untrusted"] });
});

test("a budget's gauge moves where it stands, and one nobody knows yet is asked for", async () => {
  client.setQueryData(["budgets"], { pages: [{ items: [{ id: "b", used: 1, limit: 5 }], next: null }], pageParams: [null] });
  const asked = vi.spyOn(client, "invalidateQueries");
  source().tell("budget.updated", { id: "b", used: 2, limit: 5 });
  await vi.advanceTimersByTimeAsync(200);
  expect(client.getQueryData(["budgets"])).toMatchObject({ pages: [{ items: [{ id: "b", used: 2 }] }] });
  expect(asked).not.toHaveBeenCalled();
  source().tell("budget.updated", { id: "new", used: 0, limit: 1 });
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toHaveBeenCalledWith({ queryKey: ["budgets"] });
});

test("a burst asks for the fleet at most once a second, and once more after it", async () => {
  const asked = vi.spyOn(client, "invalidateQueries");
  const fleet = () => asked.mock.calls.filter(([filters]) => filters?.queryKey?.[0] === "fleet").length;
  for (let i = 0; i < 20; i += 1) {
    source().tell("fleet.updated", {});
    await vi.advanceTimersByTimeAsync(40);
  }
  expect(fleet()).toBe(1);
  await vi.advanceTimersByTimeAsync(2500);
  expect(fleet()).toBe(2);
});

test("a stream that was refused is opened again, and the page knows meanwhile", async () => {
  source().readyState = FakeSource.CLOSED;
  source().dispatchEvent(new Event("error"));
  expect(links).toEqual(["lost"]);
  await vi.advanceTimersByTimeAsync(2500);
  expect(FakeSource.opened).toHaveLength(2);
  source().dispatchEvent(new Event("open"));
  expect(links).toEqual(["lost", "live"]);
});
