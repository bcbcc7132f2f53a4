/** Light, dark, or as the system says. */
import { useEffect } from "react";
import { recall, useRemembered } from "./remembered";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const darkSystem = () => window.matchMedia("(prefers-color-scheme: dark)");

function asTheme(text: string | null): Theme {
  return THEMES.find((theme) => theme === text) ?? "system";
}

/** Dress the page; called before the first paint so that it never flashes. */
export function applyTheme(theme: Theme = asTheme(recall("theme"))): void {
  const dark = theme === "dark" || (theme === "system" && darkSystem().matches);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [stored, setStored] = useRemembered("theme", "system");
  const theme = asTheme(stored);
  useEffect(() => {
    applyTheme(theme);
    const system = darkSystem();
    const follow = () => applyTheme(theme);
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, [theme]);
  return [theme, setStored];
}
