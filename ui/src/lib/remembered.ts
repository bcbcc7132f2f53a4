/** Small preferences kept by the browser: a pane's width, the theme, who answers. */
import { useCallback, useState } from "react";

const key = (name: string) => `holdfast.${name}`;

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(key(name));
  } catch {
    return null; // Storage may be forbidden; then nothing is remembered and nothing breaks.
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(key(name), value);
  } catch {
    // The preference lasts until the page closes.
  }
}

/** State that survives the page. */
export function useRemembered(name: string, initial: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => recall(name) ?? initial);
  const set = useCallback(
    (next: string) => {
      setValue(next);
      remember(name, next);
    },
    [name],
  );
  return [value, set];
}
