/** Span links beside the rows of a run as it ran: bows between two of its rows, and marks where one leads out of it. */
import type { StepLink } from "~/api/types";

/** Between two rows, `from` the one that is named to the one that names it. */
export type Bow = { from: number; to: number; lane: number };
export type Ties = { bows: Bow[]; lanes: number; /** By row: the links to and from steps of other runs. */ beyond: ReadonlyMap<number, StepLink[]> };

/** Bows next to each other; the last lane is shared when all are taken. */
export const LANES_MAX = 4;

/** `own` are the traces of this run; `rowOf` says in which row a step of theirs stands, -1 for one that is not here. */
export function tie(links: readonly StepLink[], own: ReadonlySet<string>, rowOf: (step: string) => number): Ties {
  const pairs: Omit<Bow, "lane">[] = [];
  const beyond = new Map<number, StepLink[]>();
  for (const link of links) {
    const here = rowOf(link.step);
    const there = own.has(link.other_trace) ? rowOf(link.other_step) : -1;
    if (here < 0) continue;
    if (there < 0) beyond.set(here, [...(beyond.get(here) ?? []), link]);
    else if (link.direction === "to" && here !== there) pairs.push({ from: there, to: here });
  }
  const bows = side(pairs);
  return { bows, lanes: bows.reduce((most, { lane }) => Math.max(most, lane + 1), 0), beyond };
}

const top = ({ from, to }: Omit<Bow, "lane">) => Math.min(from, to);
const end = ({ from, to }: Omit<Bow, "lane">) => Math.max(from, to);

function side(pairs: Omit<Bow, "lane">[]): Bow[] {
  const until: number[] = [];
  return pairs
    .toSorted((a, b) => top(a) - top(b) || end(a) - end(b))
    .map(({ from, to }) => {
      const free = until.findIndex((row) => row <= Math.min(from, to));
      const lane = Math.min(free < 0 ? until.length : free, LANES_MAX - 1);
      until[lane] = Math.max(until[lane] ?? 0, from, to);
      return { from, to, lane };
    });
}

/** What of the bows is drawn in one row, and the tips of those that arrive there. */
export function segments({ bows }: Ties, row: number, x: (lane: number) => number, height: number): { path: string; tip: boolean } {
  const middle = height / 2;
  const here = bows.filter((bow) => top(bow) <= row && row <= end(bow));
  const lines = here.map((bow) => {
    if (row === top(bow)) return `M0 ${middle}Q${x(bow.lane)} ${middle} ${x(bow.lane)} ${height}`;
    return row === end(bow) ? `M${x(bow.lane)} 0Q${x(bow.lane)} ${middle} 0 ${middle}` : `M${x(bow.lane)} 0V${height}`;
  });
  return { path: lines.join(""), tip: here.some((bow) => bow.to === row) };
}
