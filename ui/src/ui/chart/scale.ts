/** Axes: round steps, and where a value stands. */

const STEPS = [1, 2, 2.5, 5, 10];

/** The top of an axis and its ticks, all of them round: for 0.83, `0 0.25 0.5 0.75 1`. */
export function ticks(top: number, count = 4): number[] {
  if (!(top > 0)) return [0, 1];
  const raw = top / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = (STEPS.find((each) => each * size >= raw * 0.999_999) ?? 10) * size;
  const found = Array.from({ length: Math.ceil((top / step) * 0.999_999) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return found.length > 1 ? found : [0, step];
}

/** From where an axis of shares is drawn, so that what is near the top can be told apart: 0, ½ or 0.9. */
export function bottomOf(lowest: number): number {
  return [0.9, 0.5, 0].find((each) => lowest >= each) ?? 0;
}

/** Six ticks from the bottom to exactly the top: of ½ and 1, `0.5 0.6 0.7 0.8 0.9 1`. */
export const fifths = (bottom: number, top: number): number[] => Array.from({ length: 6 }, (_, i) => Number((bottom + ((top - bottom) * i) / 5).toPrecision(12)));

/** Which of many labels are shown, so that they never touch: the first, the last and every nth between. */
export function spaced(total: number, most: number): Set<number> {
  const every = Math.max(1, Math.ceil(total / most));
  const shown = new Set<number>();
  for (let i = total - 1; i >= 0; i -= every) shown.add(i);
  return shown;
}

/** Runs of values without a gap between them: a missing value breaks the line. */
export function stretches<T>(items: readonly T[], known: (item: T) => boolean): { from: number; items: T[] }[] {
  const found: { from: number; items: T[] }[] = [];
  items.forEach((item, i) => {
    if (!known(item)) return;
    const last = found.at(-1);
    if (last && last.from + last.items.length === i) last.items.push(item);
    else found.push({ from: i, items: [item] });
  });
  return found;
}
