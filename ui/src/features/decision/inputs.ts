/** What rules looked at, on one line each. */

const SHOWN_CHARS = 240;

/** A value as a person reads it: text in quotes, sets in brackets, nothing as the word for it. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "not there";
  if (Array.isArray(value) && value.length === 0) return "none";
  const text = Array.isArray(value) && value.every((one) => typeof one === "string") ? value.join(", ") : JSON.stringify(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}
