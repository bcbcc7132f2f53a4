/** The bytes of a leaf, read as the JSON they are. */
import { isObject, parse } from "~/lib/json";

export function decodeLeaf(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

/** A text field of a leaf; empty when it has none. */
export function textOf(leaf: string, field: string): string {
  const parsed = parse(leaf);
  const value = parsed.ok && isObject(parsed.value) ? parsed.value[field] : null;
  return typeof value === "string" ? value : "";
}
