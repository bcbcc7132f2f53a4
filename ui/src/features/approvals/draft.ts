/** Arguments as a person edits them: parsed, held against the contract, and compared with what was asked. Pure. */
import type { Approval, Json } from "~/api/types";
import { changes, isObject, parse, pretty, type Change } from "~/lib/json";
import { violations, type Violation } from "~/lib/schema";

export type Draft = {
  arguments: Record<string, Json> | null;
  changes: readonly Change[];
  problems: readonly Violation[];
};

/** Judge what was typed. Null arguments mean that the text is not an object yet. */
export function judge(text: string, asked: Record<string, unknown>, schema: unknown): Draft {
  const parsed = parse(text);
  if (!parsed.ok) return { arguments: null, changes: [], problems: [{ path: parsed.line ? `line ${parsed.line}` : "JSON", message: parsed.message }] };
  if (!isObject(parsed.value)) return { arguments: null, changes: [], problems: [{ path: "(whole)", message: "must be an object of arguments" }] };
  return {
    arguments: parsed.value,
    changes: changes(asked as Json, parsed.value),
    problems: violations(parsed.value, (schema ?? undefined) as Json | undefined),
  };
}

export const draftOf = (approval: Approval) => pretty(approval.arguments);

/** Roles that still need an answer, in the order they were asked. */
export function openRoles(approval: Approval): string[] {
  const answered = new Set(approval.answers.filter((answer) => answer.verdict === "approve").map((answer) => answer.role));
  return approval.roles.filter((role) => !answered.has(role));
}
