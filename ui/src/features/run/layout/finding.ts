/** Finding steps by their words: every word must be met, in the name, target, agent, kind, state or verdict. */
import { FLAG, KINDS, STATES, VERDICTS, type Columns } from "~/lib/outline";
import type { Names } from "./naming";
import type { Tree } from "./tree";

type Test = (step: number) => boolean;

/** Steps in reading order that meet every word; none for an empty text. */
export function find(columns: Columns, names: Names, tree: Tree, text: string): Int32Array {
  const tests = text.toLowerCase().split(/\s+/).filter(Boolean).map((word) => meets(columns, names, word));
  if (tests.length === 0) return new Int32Array();
  return tree.order.filter((step) => tests.every((test) => test(step)));
}

function meets(columns: Columns, names: Names, word: string): Test {
  const words = holding(names.words, word);
  const agents = holding(names.agents, word);
  const kind = KINDS.findIndex((each) => each === word);
  const state = STATES.findIndex((each) => each === word);
  const verdict = VERDICTS.findIndex((each) => each === word);
  const flag = word === "error" ? FLAG.error : word === "orphan" ? FLAG.orphan : word === "unpriced" ? FLAG.unpriced : 0;
  return (step) =>
    words[columns.names[step]!] === 1 ||
    words[columns.targets[step]!] === 1 ||
    agents[columns.agents[step]!] === 1 ||
    columns.kinds[step] === kind ||
    columns.states[step] === state ||
    columns.verdicts[step] === verdict ||
    (columns.flags[step]! & flag) !== 0;
}

/** Every distinct name is looked at once, however many steps bear it. */
const holding = (table: readonly string[], word: string) => Uint8Array.from(table, (name) => (name.toLowerCase().includes(word) ? 1 : 0));

/** Steps in reading order that failed or were refused. */
export function troubles(columns: Columns, tree: Tree): Int32Array {
  return tree.order.filter((step) => (columns.flags[step]! & (FLAG.error | FLAG.refused)) !== 0);
}

/** The one after, or before, a place in reading order; round again at the ends. -1 when there is none. */
export function beside(found: Int32Array, place: Int32Array, from: number, forward: boolean): number {
  if (found.length === 0) return -1;
  if (forward) return found.find((step) => place[step]! > from) ?? found[0]!;
  return found.findLast((step) => place[step]! < from) ?? found.at(-1)!;
}
