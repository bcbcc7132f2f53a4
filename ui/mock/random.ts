/** Numbers and ids that look random and are the same each time. */

export type Random = { next: () => number; between: (low: number, high: number) => number; pick: <T>(from: readonly T[]) => T; hex: (length: number) => string };

/** Mulberry32: small, fast, good enough for a story. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number) => low + next() * (high - low);
  return {
    next,
    between,
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
    hex: (length) => Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join(""),
  };
}
