/** Where a suggestion goes, and where a mistake stands. */
import type { Suggestions } from "~/api/types";

export type Typed = { text: string; at: number };

/** The text with a suggestion put in; a finished value is followed by a space, a field by its value. */
export function accept(typed: Typed, { start, end }: Pick<Suggestions, "start" | "end">, suggestion: string): Typed {
  const open = /[:.]$/.test(suggestion) || typed.text.slice(end).startsWith(" ");
  const put = open || within(typed.text.slice(0, start)) ? suggestion : `${suggestion} `;
  return { text: typed.text.slice(0, start) + put + typed.text.slice(end), at: start + put.length };
}

/** Whether a list of values is open: it goes on with a comma, not with another term. */
function within(before: string): boolean {
  return /:\([^)]*$/.test(before);
}

/** A line that points at a column, from 1. */
export function pointer(column: number): string {
  return `${" ".repeat(Math.max(0, column - 1))}^`;
}
