/** Everything that can be asked about a run that is laid out; the worker sits behind it, tests call it directly. */
import type { Columns } from "~/lib/outline";
import { find, troubles } from "./finding";
import { merge, type By, type Flame } from "./flame";
import { aggregate, type Graph } from "./graph";
import { namesOf } from "./naming";
import { pack, type Raster } from "./packing";
import { lay, type Rails } from "./rails";
import { seenRows, type Window } from "./rows";
import { arrange, type Sequence } from "./sequence";
import { spend, type Spending } from "./spending";
import { addUp, plant, type Sums, type Tree } from "./tree";

export type Load = { type: "load"; columns: Columns; words: readonly string[]; agents: readonly string[]; nowUs: number };
export type Ask =
  | Load
  | { type: "rows"; closed: Int32Array; window: Window | null }
  | { type: "find"; text: string }
  | { type: "raster"; bins: number; lanes: number }
  | { type: "flame"; by: By }
  | { type: "graph" }
  | { type: "rails" }
  | { type: "sequence" }
  | { type: "spending"; bins: number };

/** What every view needs: the tree, the sums, how long it took and where it went wrong. */
export type Plan = { tree: Tree; sums: Sums; totalUs: number; troubles: Int32Array; kinds: Int32Array; decided: Int32Array };

export type Answers = { load: Plan; rows: Int32Array; find: Int32Array; raster: Raster; flame: Flame; graph: Graph; rails: Rails; sequence: Sequence; spending: Spending };
export type Answer = Answers[keyof Answers];
export type Loaded = { answer: (ask: Ask) => Answer };

const DECIDED = 8;

export function loaded({ columns, words, agents, nowUs }: Load): Loaded {
  const names = namesOf(words, agents);
  const tree = plant(columns);
  const sums = addUp(columns, tree, nowUs);
  const totalUs = sums.until.reduce((most, until) => Math.max(most, until), 1);
  const answer = (ask: Ask): Answer => {
    switch (ask.type) {
      case "load":
        return { tree, sums, totalUs, troubles: troubles(columns, tree), kinds: kindCounts(columns), decided: decidedOf(columns) };
      case "rows":
        return seenRows(columns, tree, sums, new Set(ask.closed), ask.window);
      case "find":
        return find(columns, names, tree, ask.text);
      case "raster":
        return pack(columns, sums, totalUs, ask.bins, ask.lanes);
      case "flame":
        return merge(columns, names, tree, sums, ask.by);
      case "graph":
        return aggregate(columns, names, tree);
      case "rails":
        return lay(columns, tree);
      case "sequence":
        return arrange(columns, names, tree);
      case "spending":
        return spend(columns, names, sums, totalUs, ask.bins);
    }
  };
  return { answer };
}

/** Steps with a decision, in the order they began. */
function decidedOf({ count, flags }: Columns): Int32Array {
  return Int32Array.from({ length: count }, (_, step) => step).filter((step) => (flags[step]! & DECIDED) !== 0);
}

function kindCounts(columns: Columns): Int32Array {
  const counts = new Int32Array(8);
  for (const kind of columns.kinds) counts[kind]!++;
  return counts;
}
