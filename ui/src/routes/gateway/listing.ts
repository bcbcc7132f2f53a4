/** A list whose filter and selection stand in the address. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useKeys } from "~/lib/keys";
import { address, withValues } from "~/lib/params";
import { useRows } from "~/lib/rows";

type Terms<T> = { /** Of the selection in the address. */ name: string; idOf: (item: T) => string; /** What the filter looks through. */ textOf: (item: T) => string; onNew?: () => void };

export function useListing<T>(all: readonly T[], { name, idOf, textOf, onNew }: Terms<T>) {
  const [params, setParams] = useSearchParams();
  const set = useCallback((values: Record<string, string>) => setParams(() => withValues(address(), values), { replace: true }), [setParams]);
  const [q, id] = [params.get("q") ?? "", params.get(name) ?? ""];
  const items = useMemo(() => {
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter((item) => words.every((word) => textOf(item).toLowerCase().includes(word)));
  }, [all, q, textOf]);
  const open = useCallback((next: string) => set({ [name]: next }), [set, name]);
  const close = useCallback(() => set({ [name]: "" }), [set, name]);
  const search = useCallback((next: string) => set({ q: next }), [set]);
  const [cursor, onActive] = useRows(items.length, (row) => items[row] && open(idOf(items[row])));
  useKeys({ Escape: close, n: () => onNew?.() });
  const shown = items.findIndex((item) => idOf(item) === id);
  return { items, q, search, params, set, open, close, selected: all.find((item) => idOf(item) === id), active: cursor >= 0 ? cursor : shown, onActive };
}
