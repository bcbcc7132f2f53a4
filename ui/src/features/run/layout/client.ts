/** The page's side of the layout worker: ask, and be answered in order. */
import type { Outline } from "~/lib/outline";
import type { Answers, Ask, Plan } from "./desk";

type Waiting = { resolve: (answer: never) => void; reject: (reason: Error) => void };

export class Layout {
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "layout" });
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  constructor() {
    this.worker.addEventListener("message", ({ data }: MessageEvent<{ id: number; answer: never }>) => {
      this.waiting.get(data.id)?.resolve(data.answer);
      this.waiting.delete(data.id);
    });
    this.worker.addEventListener("error", (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`The run could not be laid out: ${event.message}`));
      this.waiting.clear();
    });
  }

  load(outline: Outline, now: number): Promise<Plan> {
    const nowUs = Math.max(0, now - outline.startedAt) * 1000;
    return this.ask({ type: "load", columns: outline.columns, words: outline.words, agents: outline.agentNames, nowUs });
  }

  ask<T extends Ask>(ask: T): Promise<Answers[T["type"]]> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (answer: never) => void, reject });
      // A worker has no origin to name; the rule means windows.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      this.worker.postMessage({ id, ask });
    });
  }

  close(): void {
    this.worker.terminate();
    this.waiting.clear();
  }
}
