/** Amounts in their unit, whose budget it is, and how full it is. */
import type { Budget } from "~/api/types";
import { compact, count } from "~/lib/counts";
import { usd } from "~/lib/money";
import { duration } from "~/lib/time";

type Unit = Budget["unit"];

/** An amount as it is read: `$4.70`, `12.4k tokens`, `40 calls`, `2m 05s`, `500 records`. */
export function amount(value: number, unit: Unit): string {
  if (unit === "usd") return usd(value);
  if (unit === "seconds") return duration(value * 1000);
  if (unit === "tokens") return `${compact(value)} tokens`;
  return `${count(value)} ${value === 1 ? unit.slice(0, -1) : unit}`;
}

/** Whose it is: `invoices`, `each session`, `everything`. */
export function whose({ scope, key }: Pick<Budget, "scope" | "key">): string {
  if (scope === "org") return "everything";
  return key === "*" ? `each ${scope}` : key;
}

export const WINDOWS: Record<Budget["window"], string> = { none: "in all", day: "a day", week: "a week", month: "a month" };

export type Fill = { used: number; doubt: number; held: number; soft: number | null };

/** Shares of the limit, each between 0 and 1 and never past the end together. */
export function fillOf({ used, held, in_doubt: doubt, limit, soft }: Pick<Budget, "used" | "held" | "in_doubt" | "limit" | "soft">): Fill {
  const share = (value: number) => (limit > 0 ? value / limit : 1);
  const first = Math.min(1, share(used));
  const unsure = Math.min(1 - first, share(doubt));
  return { used: first, doubt: unsure, held: Math.min(1 - first - unsure, Math.max(0, share(held) - share(doubt))), soft: soft === null ? null : Math.min(1, share(soft)) };
}

/** When the window begins anew, in the time zone of the budget. */
export function resetWords(at: string, zone: string): string {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(at));
  } catch {
    return `${at.slice(0, 16).replace("T", " ")} UTC`; // A zone that this browser does not know.
  }
}
