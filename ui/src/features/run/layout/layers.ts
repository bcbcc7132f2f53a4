/** Nodes of a directed graph in layers from top to bottom, edges that lead back up told apart. */

type Edge = { from: number; to: number };

/** By node: its layer and its place within it, both from 0; `widths` counts the nodes of each layer. */
export type Placed = { layers: number[]; places: number[]; widths: number[]; /** By edge: true where it closes a loop. */ back: boolean[] };

const SWEEPS = 4;

export function placed(count: number, edges: readonly Edge[]): Placed {
  const back = loops(count, edges);
  const layers = depths(count, edges, back);
  const rows = layered(count, layers);
  for (let sweep = 0; sweep < SWEEPS; sweep++) straighten(rows, edges, back, layers, sweep % 2 === 0);
  const places = Array.from({ length: count }, () => 0);
  for (const row of rows) row.forEach((node, place) => (places[node] = place));
  return { layers, places, widths: rows.map((row) => row.length), back };
}

/** Edges that lead to a node which is still being explored: without them nothing goes round. */
function loops(count: number, edges: readonly Edge[]): boolean[] {
  const out: number[][] = Array.from({ length: count }, () => []);
  edges.forEach((edge, index) => out[edge.from]!.push(index));
  const back = edges.map(() => false);
  const state = new Uint8Array(count); // 0 new, 1 open, 2 done
  const next = new Int32Array(count);
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    const stack = [root];
    state[root] = 1;
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      const edge = out[node]![next[node]!++];
      if (edge === undefined) {
        state[node] = 2;
        stack.pop();
        continue;
      }
      const to = edges[edge]!.to;
      if (state[to] === 1) back[edge] = true;
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push(to);
      }
    }
  }
  return back;
}

/** The longest way down to each node. */
function depths(count: number, edges: readonly Edge[], back: readonly boolean[]): number[] {
  const layers = Array.from({ length: count }, () => 0);
  const waiting = new Int32Array(count);
  const out: number[][] = Array.from({ length: count }, () => []);
  edges.forEach(({ from, to }, index) => {
    if (back[index]) return;
    waiting[to]!++;
    out[from]!.push(to);
  });
  const ready = layers.flatMap((_, node) => (waiting[node] === 0 ? [node] : []));
  for (let at = 0; at < ready.length; at++) {
    const node = ready[at]!;
    for (const to of out[node]!) {
      layers[to] = Math.max(layers[to]!, layers[node]! + 1);
      if (--waiting[to]! === 0) ready.push(to);
    }
  }
  return layers;
}

function layered(count: number, layers: readonly number[]): number[][] {
  const rows: number[][] = Array.from({ length: layers.reduce((most, layer) => Math.max(most, layer + 1), 0) }, () => []);
  for (let node = 0; node < count; node++) rows[layers[node]!]!.push(node);
  return rows;
}

/** Order each layer by where its neighbours stand, downwards or upwards. */
function straighten(rows: number[][], edges: readonly Edge[], back: readonly boolean[], layers: readonly number[], down: boolean) {
  const neighbours = new Map<number, number[]>();
  edges.forEach(({ from, to }, index) => {
    if (back[index] || layers[from] === layers[to]) return;
    const [node, other] = down ? [to, from] : [from, to];
    const list = neighbours.get(node);
    if (list) list.push(other);
    else neighbours.set(node, [other]);
  });
  const at = new Map<number, number>();
  const share = (row: number[]) => row.forEach((node, place) => at.set(node, (place + 0.5) / row.length));
  rows.forEach(share);
  for (const row of down ? rows : rows.toReversed()) {
    const weight = new Map(row.map((node) => [node, mean(neighbours.get(node), at) ?? at.get(node)!]));
    row.sort((a, b) => weight.get(a)! - weight.get(b)!);
    share(row);
  }
}

function mean(nodes: readonly number[] | undefined, at: ReadonlyMap<number, number>): number | undefined {
  if (!nodes || nodes.length === 0) return undefined;
  return nodes.reduce((sum, node) => sum + (at.get(node) ?? 0), 0) / nodes.length;
}
