/** Whether the window is too narrow for the less needed columns. */
import { useSyncExternalStore } from "react";

const QUERY = "(max-width: 1180px)";

function subscribe(listener: () => void): () => void {
  const media = window.matchMedia(QUERY);
  media.addEventListener("change", listener);
  return () => media.removeEventListener("change", listener);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(QUERY).matches);
}
