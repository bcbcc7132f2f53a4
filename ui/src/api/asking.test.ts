import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { find, isSought, SOUGHT } from "./asking";
import { Problem } from "./problem";

let client: QueryClient;
let looks: number;
let recorded: boolean;
let stop: () => void;

/** A page that shows a run. */
function open(wrong = () => new Problem(404, { title: "Not Found" })) {
  const observer = new QueryObserver(client, {
    queryKey: ["run", "r"],
    queryFn: () => {
      looks += 1;
      return recorded ? Promise.resolve({ id: "r" }) : Promise.reject(wrong());
    },
    ...SOUGHT,
  });
  stop = observer.subscribe(() => undefined);
  return observer;
}

beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient();
  [looks, recorded] = [0, false];
});

afterEach(() => {
  stop();
  client.clear();
  vi.useRealTimers();
});

test("a run that is not recorded yet is looked for until it is there", async () => {
  const page = open();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(isSought(page.getCurrentResult())).toBe(true);
  expect(looks).toBe(3);
  recorded = true;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(page.getCurrentResult().data).toEqual({ id: "r" });
  expect(isSought(page.getCurrentResult())).toBe(false);
});

test("what was never recorded is missing after half a minute, and is left alone", async () => {
  const page = open();
  await vi.advanceTimersByTimeAsync(31_000);
  expect(page.getCurrentResult().error).toMatchObject({ status: 404 });
  expect(isSought(page.getCurrentResult())).toBe(false);
  const asked = looks;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toBe(asked);
});

test("other refusals are shown at once", async () => {
  const page = open(() => new Problem(403, { title: "Not permitted" }));
  await vi.advanceTimersByTimeAsync(0);
  expect(looks).toBe(1);
  expect(page.getCurrentResult().error).toMatchObject({ status: 403 });
});

test("what is heard of is looked for at once, and only where it was missing", async () => {
  const page = open();
  await vi.advanceTimersByTimeAsync(0);
  recorded = true;
  find(client, ["run", "r"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(page.getCurrentResult().data).toEqual({ id: "r" });
  find(client, ["run", "r"]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(looks).toBe(2);
});
