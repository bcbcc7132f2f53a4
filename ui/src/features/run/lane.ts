/** Where runs beside this one are drawn: in a lane of their own, level with the first step that is linked with each. */
import type { StepLink } from "~/api/types";
import { NODE, placeOf } from "./edges";
import type { Graph } from "./layout/graph";

export const LANE = NODE.width + 88;

const GAP_Y = 12;
const SHOWN_MAX = 24;

export type Other = { trace: string; run: string | null; step: string; agent: string; title: string; top: number; /** Nodes that came of it, and nodes that it came of. */ after: Set<number>; before: Set<number> };

/** The other runs, from the top; `nodeOf` says which node stands for a step, -1 for none. */
export function besides(links: readonly StepLink[], own: ReadonlySet<string>, graph: Pick<Graph, "layers" | "places" | "widths">, nodeOf: (step: string) => number): Other[] {
  const found = new Map<string, Other>();
  for (const link of links) {
    if (own.has(link.other_trace)) continue;
    const node = Math.max(0, nodeOf(link.step));
    const { y: top } = placeOf(graph, node);
    const fresh: Other = { trace: link.other_trace, run: link.other_run ?? null, step: link.other_step, agent: link.agent, title: link.title, top, after: new Set(), before: new Set() };
    const other = found.get(link.other_trace) ?? fresh;
    found.set(link.other_trace, other);
    other.top = Math.min(other.top, top);
    (link.direction === "to" ? other.after : other.before).add(node);
  }
  return apart([...found.values()].slice(0, SHOWN_MAX));
}

function apart(others: Other[]): Other[] {
  others.sort((a, b) => a.top - b.top);
  let free = 0;
  for (const other of others) {
    other.top = Math.max(other.top, free);
    free = other.top + NODE.height + GAP_Y;
  }
  return others;
}

/** From the lane to a node, or back. */
export function bridge(graph: Pick<Graph, "layers" | "places" | "widths">, other: Other, node: number, out: boolean): string {
  const { x, y } = placeOf(graph, node);
  const [ax, ay, bx, by] = [NODE.width, other.top + NODE.height / 2, LANE + x - NODE.width / 2, y + NODE.height / 2];
  const bend = Math.max(40, (bx - ax) / 2);
  return out ? `M${bx} ${by}C${bx - bend} ${by} ${ax + bend} ${ay} ${ax} ${ay}` : `M${ax} ${ay}C${ax + bend} ${ay} ${bx - bend} ${by} ${bx} ${by}`;
}
