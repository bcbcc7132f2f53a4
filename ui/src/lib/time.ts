/** Times as people read them: short and relative in the row, exact in the tooltip. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number) => String(n).padStart(2, "0");

/** How long something took, in the largest units that still say something: `8 ms`, `1.24 s`, `2m 05s`, `3h 12m`. */
export function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms === 0) return "0";
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(2)} s`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.floor(ms / SECOND);
  if (ms < HOUR) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(ms / DAY)}d ${Math.floor(ms / HOUR) % 24}h`;
}

/** A running clock in whole seconds, so that it ticks without flicker: `14s`, `2m 05s`. */
export function elapsed(since: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(since));
  return ms < MINUTE ? `${Math.floor(ms / SECOND)}s` : duration(ms);
}

/** How long ago: `now`, `42s ago`, `7m ago`, `3h ago`, `12d ago`. */
export function ago(at: string, now: number): string {
  const ms = now - Date.parse(at);
  if (ms < 2 * SECOND) return "now";
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ago`;
  return `${Math.floor(ms / DAY)}d ago`;
}

/** What is left until a moment, `0s` once it has passed. */
export function remaining(until: string, now: number): string {
  return elapsed(new Date(now).toISOString(), Math.max(now, Date.parse(until)));
}

/** The exact moment, local first and UTC below it, to the millisecond. */
export function absolute(at: string): string {
  const date = new Date(at);
  return `${stamp(date)} ${zone(date)}\n${date.toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** The local time of day to the millisecond: `14:03:07.512`. */
export function clock(at: string): string {
  return stamp(new Date(at)).slice(11);
}

function stamp(date: Date): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function zone(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  return `UTC${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
}
