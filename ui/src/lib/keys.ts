/** Keys: single letters, `g` prefixes and chords, silent while a person types. */
import { useEffect, useLayoutEffect, useRef } from "react";

export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const PREFIX_MS = 900;

/** True while the focus is somewhere that letters belong. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** True where Enter and Space already mean something. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("a, button, summary, [role=tab]") !== null;
}

/** Whether a dialog is on top; keys of the page beneath it must rest. */
export function dialogOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

/** The name of a key press: `k`, `mod+k`, `?`, `Escape`, `mod+Enter`. */
export function nameOf(event: KeyboardEvent): string {
  const mod = event.metaKey || event.ctrlKey ? "mod+" : "";
  return mod + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

/** Listen on the page. `g r` binds a sequence; chords with `mod+` also work while typing. */
export function useKeys(bindings: Bindings, enabled = true): void {
  const latest = useRef(bindings);
  // With the paint, not after it: a key that follows at once must meet what is shown.
  useLayoutEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    if (!enabled) return;
    let prefix = "";
    let expires = 0;
    const listen = (event: KeyboardEvent) => {
      const name = nameOf(event);
      if (event.defaultPrevented || (!name.startsWith("mod+") && (isTyping(event.target) || dialogOpen()))) return;
      const sequence = prefix && event.timeStamp < expires ? `${prefix} ${name}` : name;
      prefix = name === "g" ? "g" : "";
      expires = event.timeStamp + PREFIX_MS;
      const run = latest.current[sequence];
      if (!run || ((name === "Enter" || name === " ") && isPressable(event.target))) return;
      event.preventDefault();
      run(event);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [enabled]);
}

const APPLE = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The modifier's name on this keyboard. */
export const MOD = APPLE ? "⌘" : "Ctrl";
