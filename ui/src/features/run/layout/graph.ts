/** What follows what: steps that do the same are one node, and going round again is an edge back with a counter. */
import { TROUBLE, type Columns } from "~/lib/outline";
import { labelOf, type Names } from "./naming";
import { placed, type Placed } from "./layers";
import type { Tree } from "./tree";

export type GraphNode = { id: number; label: string; kind: number; agent: number; steps: number; trouble: number; /** First step it stands for. */ first: number };
export type GraphEdge = { from: number; to: number; count: number };
export type Graph = Placed & { nodes: GraphNode[]; edges: GraphEdge[]; /** Node of each step; -1 for frames and what was left out. */ nodeOf: Int32Array; hidden: number };

const SPAN = 7;
const NODES_MAX = 250;
const EDGES_MAX = 1_000;

/** By step: the nearest step above it that is not a frame; -1 for none. */
export function scopesOf(columns: Columns, tree: Tree): Int32Array {
  const scopes = new Int32Array(columns.count).fill(-1);
  for (const step of tree.order) {
    const parent = tree.parents[step]!;
    if (parent >= 0) scopes[step] = columns.kinds[parent] === SPAN ? scopes[parent]! : parent;
  }
  return scopes;
}

/** Count what is done, and what is done after what, and lay both out. */
export function aggregate(columns: Columns, names: Names, tree: Tree): Graph {
  const { nodes, nodeOf, hidden } = collect(columns, names);
  const edges = follow(columns, scopesOf(columns, tree), nodeOf);
  return { nodes, edges, nodeOf, hidden, ...placed(nodes.length, edges) };
}

function collect(columns: Columns, names: Names): Pick<Graph, "nodes" | "nodeOf" | "hidden"> {
  const nodes: GraphNode[] = [];
  const nodeOf = new Int32Array(columns.count).fill(-1);
  const known = new Map<string, GraphNode>();
  let hidden = 0;
  for (let step = 0; step < columns.count; step++) {
    const kind = columns.kinds[step]!;
    if (kind === SPAN) continue;
    const label = labelOf(columns, names, step);
    const agent = columns.agents[step]!;
    const key = `${kind} ${agent} ${label}`;
    let node = known.get(key);
    if (!node && nodes.length < NODES_MAX) {
      node = { id: nodes.length, label, kind, agent, steps: 0, trouble: 0, first: step };
      known.set(key, node);
      nodes.push(node);
    }
    if (!node) {
      hidden++;
      continue;
    }
    node.steps++;
    if ((columns.flags[step]! & TROUBLE) !== 0) node.trouble++;
    nodeOf[step] = node.id;
  }
  return { nodes, nodeOf, hidden };
}

/** Within whatever holds them, steps follow one another in the order they began; the first follows what holds it. */
function follow(columns: Columns, scopes: Int32Array, nodeOf: Int32Array): GraphEdge[] {
  const last = new Map<number, number>();
  const edges = new Map<number, GraphEdge>();
  for (let step = 0; step < columns.count; step++) {
    const to = nodeOf[step]!;
    if (to < 0) continue;
    const scope = scopes[step]!;
    const from = last.get(scope) ?? (scope < 0 ? -1 : nodeOf[scope]!);
    last.set(scope, to);
    if (from < 0) continue;
    const key = from * NODES_MAX + to;
    const edge = edges.get(key);
    if (edge) edge.count++;
    else if (edges.size < EDGES_MAX) edges.set(key, { from, to, count: 1 });
  }
  return [...edges.values()];
}
