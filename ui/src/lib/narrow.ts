/** Whether the window is too narrow for the less needed columns. */
import { useCallback, useSyncExternalStore } from "react";

const NARROW_PX = 1180;

/** Whether the window is at most so wide. */
export function useNarrow(px = NARROW_PX): boolean {
  const query = `(max-width: ${px}px)`;
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}
