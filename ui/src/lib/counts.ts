/** Counts and tokens. */

const GROUPED = new Intl.NumberFormat("en-US");

/** A count with thousands set apart: `50,000`. */
export function count(n: number): string {
  return GROUPED.format(n);
}

/** A count where space is short: `940`, `12.4k`, `2.31M`. */
export function compact(n: number): string {
  if (n < 1000) return String(n);
  if (n < 100_000) return `${(n / 1000).toFixed(1)}k`;
  if (n < 1_000_000) return `${Math.round(n / 1000)}k`;
  return `${(n / 1_000_000).toFixed(2)}M`;
}

/** Tokens in and out: `1.2k → 340`; a dash when the step used none. */
export function tokens(into: number | null, out: number | null): string {
  if (!into && !out) return "–";
  return `${compact(into ?? 0)} → ${compact(out ?? 0)}`;
}

/** A noun with its number: `1 step`, `12 steps`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const MACHINE_MADE = /^[0-9a-f]{16,}$/;
const NAME_CHARS = 28;

/** The head of a random id, enough to tell two apart; a name that somebody chose is kept. */
export function short(id: string): string {
  if (MACHINE_MADE.test(id)) return id.slice(0, 8);
  return id.length > NAME_CHARS ? `${id.slice(0, NAME_CHARS)}…` : id;
}
