/** The bytes of a leaf, read as the JSON they are. */
import { isObject } from "~/lib/json";

/** Null when the bytes are not a JSON object. */
export function decodeLeaf(base64: string): Record<string, unknown> | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function textOf(leaf: Record<string, unknown> | null, field: string): string {
  const value = leaf?.[field];
  return typeof value === "string" ? value : "";
}
