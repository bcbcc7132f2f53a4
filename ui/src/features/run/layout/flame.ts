/** Where time or money went: branches of the tree that are called alike are merged, the widest on the left. */
import type { Columns } from "~/lib/outline";
import { labelOf, type Names } from "./naming";
import type { Sums, Tree } from "./tree";

export type By = "time" | "cost";

/** One merged block; `left` and `width` are shares of the whole. */
export type Block = {
  id: number;
  parent: number;
  depth: number;
  label: string;
  kind: number;
  agent: number;
  /** How many steps it stands for. */
  steps: number;
  /** Microseconds or micro-dollars. */
  value: number;
  left: number;
  width: number;
  /** The step that weighs most in it. */
  example: number;
  trouble: number;
};

export type Flame = { blocks: Block[]; total: number; deepest: number; /** Blocks too narrow to be drawn. */ hidden: number };

type Node = Omit<Block, "left" | "width" | "id" | "parent"> & { children: Map<string, Node>; heaviest: number };

const DEEPEST = 60;
const BLOCKS_MAX = 4_000;
const TROUBLE = 2 | 16;

/** Merge a tree from its roots, or from one step, by time or by cost. */
export function merge(columns: Columns, names: Names, tree: Tree, sums: Sums, by: By): Flame {
  const root = node("", 0, 0, -1);
  const at: Node[] = [];
  for (const step of tree.order) {
    const depth = tree.depths[step]!;
    if (depth >= DEEPEST) continue;
    const above = depth === 0 ? root : at[depth - 1]!;
    const key = `${columns.kinds[step]!} ${columns.agents[step]!} ${labelOf(columns, names, step)}`;
    let here = above.children.get(key);
    if (!here) {
      here = node(labelOf(columns, names, step), columns.kinds[step]!, depth, columns.agents[step]!);
      above.children.set(key, here);
    }
    const value = by === "cost" ? sums.costs[step]! : tookUs(columns, sums, step);
    here.steps++;
    here.value += value;
    here.trouble += (columns.flags[step]! & TROUBLE) === 0 ? 0 : 1;
    if (value > here.heaviest) [here.heaviest, here.example] = [value, step];
    if (here.example < 0) here.example = step;
    at[depth] = here;
  }
  return laid(root);
}

export function tookUs(columns: Columns, sums: Sums, step: number): number {
  const duration = columns.durations[step]!;
  return duration < 0 ? Math.max(0, sums.until[step]! - columns.starts[step]!) : duration;
}

function node(label: string, kind: number, depth: number, agent: number): Node {
  return { label, kind, depth, agent, steps: 0, value: 0, example: -1, trouble: 0, heaviest: -1, children: new Map() };
}

function laid(root: Node): Flame {
  const blocks: Block[] = [];
  let hidden = 0;
  let deepest = 0;
  const total = [...root.children.values()].reduce((sum, child) => sum + child.value, 0);
  const queue: { node: Node; parent: number; left: number; width: number }[] = [{ node: root, parent: -1, left: 0, width: 1 }];
  for (let next = 0; next < queue.length; next++) {
    const { node: above, parent, left, width } = queue[next]!;
    const children = [...above.children.values()].toSorted((a, b) => b.value - a.value || a.label.localeCompare(b.label));
    const sum = children.reduce((all, child) => all + child.value, 0);
    // Children that ran at once take longer together than their parent did; they share its width.
    const room = parent < 0 ? sum : Math.max(sum, above.value);
    let x = left;
    for (const child of children) {
      const share = room > 0 ? (child.value / room) * width : 0;
      if (share <= 0 || blocks.length >= BLOCKS_MAX) {
        hidden += child.steps;
        continue;
      }
      const { children: _, heaviest: __, ...block } = child;
      blocks.push({ ...block, id: blocks.length, parent, left: x, width: share });
      deepest = Math.max(deepest, child.depth);
      queue.push({ node: child, parent: blocks.length - 1, left: x, width: share });
      x += share;
    }
  }
  return { blocks, total, deepest, hidden };
}
