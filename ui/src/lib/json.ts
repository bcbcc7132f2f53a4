/** JSON as text: pretty, parsed with a position, and compared leaf by leaf. */
import type { Json } from "~/api/types";

export const pretty = (value: unknown): string => JSON.stringify(value, null, 2) ?? "";

export type Parsed = { ok: true; value: Json } | { ok: false; message: string; line: number | null };

/** Parse what a person typed; a failure names the line where the engine knows it. */
export function parse(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, message: message.replace(/ in JSON at position.*$/, ""), line: lineOf(text, message) };
  }
}

function lineOf(text: string, message: string): number | null {
  const line = /line (\d+)/.exec(message)?.[1];
  if (line) return Number(line);
  const position = /position (\d+)/.exec(message)?.[1];
  return position ? text.slice(0, Number(position)).split("\n").length : null;
}

const PIECE = /"(?:\\.|[^"\\])*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/** JSON text laid out anew without reading its numbers, for some are larger than a JavaScript number can hold. */
export function reindent(text: string): string {
  let depth = 0;
  let before = "";
  let out = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [piece] of text.matchAll(PIECE)) {
    const opened = before === "{" || before === "[";
    if (piece === "}" || piece === "]") {
      depth -= 1;
      out += opened ? piece : line() + piece;
    } else if (piece === "," || piece === ":") out += piece === ":" ? ": " : piece;
    else out += (opened || before === "," ? line() : "") + piece;
    if (piece === "{" || piece === "[") depth += 1;
    before = piece;
  }
  return out;
}

export type Change = { path: string; before: Json | undefined; after: Json | undefined };

/** Every leaf that differs, by its path, in the order of the first value. */
export function changes(before: Json | undefined, after: Json | undefined, path = ""): Change[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => changes(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, i) => changes(before[i], after[i], `${path}[${i}]`)).flat();
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path: path || "(whole)", before, after }];
}

export function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
