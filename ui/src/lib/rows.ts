/** One active row in a list, moved by j and k. */
import { useState } from "react";
import { useKeys } from "./keys";

export function useRows(count: number, open: (index: number) => void, initial = -1): [number, (index: number) => void] {
  const [active, setActive] = useState(initial);
  const current = Math.min(active, count - 1);
  const to = (index: number) => setActive(Math.max(0, Math.min(index, count - 1)));
  const next = () => to(current + 1);
  const previous = () => to(current - 1);
  useKeys({ j: next, ArrowDown: next, k: previous, ArrowUp: previous, Home: () => to(0), End: () => to(count - 1), Enter: () => current >= 0 && open(current) }, count > 0);
  return [current, setActive];
}
