/** What opens over the page closes again. */
import { useEffect, useRef } from "react";

/** Closes on Escape and on a press elsewhere. */
export function useDismiss(frame: React.RefObject<HTMLElement | null>, open: boolean, close: () => void) {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => {
    if (!open) return;
    const press = (event: PointerEvent) => !frame.current?.contains(event.target as Node) && latest.current();
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener("pointerdown", press);
    document.addEventListener("keydown", key, true);
    return () => {
      document.removeEventListener("pointerdown", press);
      document.removeEventListener("keydown", key, true);
    };
  }, [frame, open]);
}
