/** Texts that are edited and not saved; they outlive a look at another page, not the window. */
import { useSyncExternalStore } from "react";

export type Draft = { name: string; kind: "yaml" | "cedar"; text: string };

let drafts: ReadonlyMap<string, Draft> = new Map();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function put(next: ReadonlyMap<string, Draft>): void {
  drafts = next;
  for (const each of listeners) each();
}

export const keepDraft = (draft: Draft) => put(new Map(drafts).set(draft.name, draft));

export function dropDraft(name: string): void {
  const next = new Map(drafts);
  next.delete(name);
  put(next);
}

export const useDrafts = () => useSyncExternalStore(subscribe, () => drafts);
