/** The time that a page is about: in the URL as days, asked for as a beginning in the reader's own calendar. */

export const DAYS = ["1", "7", "30", "90"] as const;
export type Days = (typeof DAYS)[number];
export const DAYS_NAMES: Record<Days, string> = { "1": "24 h", "7": "7 days", "30": "30 days", "90": "90 days" };
export const EVERY = { "1": "hour", "7": "day", "30": "day", "90": "week" } as const;

const HOUR = 3_600_000;

export const readDays = (text: string | null): Days => DAYS.find((each) => each === text) ?? "7";

/** Midnight so many days ago, today being one of them; a day is the last 24 hours. */
export function sinceOf(days: Days, now = Date.now()): string {
  if (days === "1") return new Date(Math.ceil(now / HOUR) * HOUR - 24 * HOUR).toISOString();
  const start = new Date(now);
  start.setHours(0, 0, 0, 0);
  start.setDate(start.getDate() - Number(days) + 1);
  return start.toISOString();
}

/** The reader's time zone, by its IANA name. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

const HOURS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DATES = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });

/** A point's name on the axis: `14:00`, `3 Mar`. */
export const axisName = (at: string, days: Days): string => (days === "1" ? HOURS : DATES).format(new Date(at));

/** The same in full: `Tue 3 Mar`, `Tue 3 Mar, 14:00`, `week of Tue 3 Mar`. */
export function fullName(at: string, days: Days): string {
  const day = FULL.format(new Date(at));
  if (days === "1") return `${day}, ${HOURS.format(new Date(at))}`;
  return days === "90" ? `week of ${day}` : day;
}
