/** Where the nodes and edges of a graph are drawn, in pixels. */
import type { Graph, GraphEdge } from "./layout/graph";

export const NODE = { width: 188, height: 40 } as const;

const GAP_X = 28;
const GAP_Y = 52;
const MARGIN = 24;
const LOOP_ROOM = 110;

type Point = { x: number; y: number };
type Shape = Pick<Graph, "layers" | "places" | "widths">;

export function sizeOf({ widths }: Shape): { width: number; height: number } {
  const widest = Math.max(1, ...widths);
  return { width: widest * (NODE.width + GAP_X) - GAP_X + 2 * MARGIN + LOOP_ROOM, height: widths.length * (NODE.height + GAP_Y) - GAP_Y + 2 * MARGIN };
}

/** The middle of a node's upper edge. */
export function placeOf(shape: Shape, node: number): Point {
  const layer = shape.layers[node] ?? 0;
  const middle = (sizeOf(shape).width - LOOP_ROOM) / 2;
  const offset = (shape.places[node] ?? 0) - ((shape.widths[layer] ?? 1) - 1) / 2;
  return { x: middle + offset * (NODE.width + GAP_X), y: MARGIN + layer * (NODE.height + GAP_Y) };
}

/** The path of an edge and where its counter stands: down from below to above, back up around the right side. */
export function curve(shape: Shape, { from, to }: GraphEdge, back: boolean): { path: string; at: Point } {
  const a = placeOf(shape, from);
  const b = placeOf(shape, to);
  const side = NODE.width / 2;
  if (from === to) {
    const [x, y] = [a.x + side, a.y + NODE.height / 2];
    return { path: `M${x} ${y - 9}c34 -16 34 34 0 18`, at: { x: x + 32, y: y + 4 } };
  }
  if (back) {
    const [ax, ay, bx, by] = [a.x + side, a.y + NODE.height / 2 + 6, b.x + side, b.y + NODE.height / 2 + 6];
    const out = Math.max(ax, bx) + 26 + Math.min(70, 10 * Math.abs((shape.layers[from] ?? 0) - (shape.layers[to] ?? 0)));
    return { path: `M${ax} ${ay}C${out} ${ay} ${out} ${by} ${bx} ${by}`, at: { x: (ax + bx) / 8 + out * 0.75, y: (ay + by) / 2 } };
  }
  const [top, bottom] = [a.y + NODE.height, b.y];
  const bend = Math.max(24, (bottom - top) / 2);
  return { path: `M${a.x} ${top}C${a.x} ${top + bend} ${b.x} ${bottom - bend} ${b.x} ${bottom}`, at: { x: (a.x + b.x) / 2, y: (top + bottom) / 2 + 4 } };
}
