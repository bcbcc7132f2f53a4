/** The thread that lays runs out, so that the page never waits for it. */
import { loaded, type Answer, type Ask, type Loaded } from "./desk";

let desk: Loaded | null = null;

self.addEventListener("message", ({ data }: MessageEvent<{ id: number; ask: Ask }>) => {
  const { id, ask } = data;
  if (ask.type === "load") desk = loaded(ask);
  const answer: Answer | null = desk && desk.answer(ask);
  // A worker has no origin to name; the rule means windows.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  self.postMessage({ id, answer });
});
