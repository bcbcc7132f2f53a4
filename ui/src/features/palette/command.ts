/** One thing a person can do by name, and how well a typed text names it. */
import type { IconName } from "~/ui/icons";

export type Command = { id: string; group: string; icon: IconName; label: string; note?: string; keys?: string; run: () => void };

/** Every typed word must appear; earlier in the label is better. Null when it does not match. */
export function score(command: Pick<Command, "label" | "note" | "group">, typed: string): number | null {
  const text = `${command.label} ${command.note ?? ""} ${command.group}`.toLowerCase();
  let sum = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = text.indexOf(word);
    if (at < 0) return null;
    const starts = at === 0 || text[at - 1] === " ";
    sum += at + (starts ? 0 : 40);
  }
  return sum;
}

/** The commands a text names, best first within the order of their groups. */
export function found(commands: readonly Command[], typed: string, most = 40): Command[] {
  if (!typed.trim()) return commands.filter((command) => command.group !== "Agents" && command.id.indexOf("stop ") !== 0 || command.id === "stop everything").slice(0, most);
  return commands
    .map((command) => ({ command, score: score(command, typed) }))
    .filter((each): each is { command: Command; score: number } => each.score !== null)
    .toSorted((a, b) => a.score - b.score)
    .map(({ command }) => command)
    .slice(0, most);
}
