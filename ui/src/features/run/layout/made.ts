/** Runs made up for the tests of layouts. */
import { KINDS, type Columns } from "~/lib/outline";
import { namesOf, type Names } from "./naming";

export type Made = { parent?: number; start?: number; took?: number; kind?: (typeof KINDS)[number]; name?: string; agent?: string; cost?: number; flags?: number; tokens?: number };

function code(table: string[], word: string): number {
  if (!table.includes(word)) table.push(word);
  return table.indexOf(word);
}

/** Steps in the order they began; without a parent they stand at the root. */
export function make(steps: readonly Made[]): { columns: Columns; names: Names } {
  const words: string[] = [];
  const agents: string[] = [];
  const names = steps.map((step) => code(words, step.name ?? "step"));
  const columns: Columns = {
    count: steps.length,
    parents: Int32Array.from(steps, (step) => step.parent ?? -1),
    starts: Float64Array.from(steps, (step, index) => step.start ?? index * 10),
    durations: Float64Array.from(steps, (step) => step.took ?? 10),
    kinds: Uint8Array.from(steps, (step) => KINDS.indexOf(step.kind ?? "tool")),
    names: Uint32Array.from(names),
    targets: Uint32Array.from(names),
    agents: Uint32Array.from(steps, (step) => code(agents, step.agent ?? "shop")),
    states: new Uint8Array(steps.length).fill(2),
    verdicts: new Uint8Array(steps.length),
    costs: Float64Array.from(steps, (step) => step.cost ?? Number.NaN),
    tokensIn: Float64Array.from(steps, (step) => step.tokens ?? 0),
    tokensOut: new Float64Array(steps.length),
    flags: Uint8Array.from(steps, (step) => step.flags ?? 0),
  };
  return { columns, names: namesOf(words, agents) };
}

/** A made-up crowd: parents come before or after, or are themselves, or lead in circles. */
export function tangle(count: number, seed: number): { columns: Columns; names: Names } {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  return make(Array.from({ length: count }, (_, index) => ({ parent: next(count + 1) - 1, start: index, took: next(50), kind: KINDS[next(8)]!, name: `n${next(9)}`, cost: next(3), flags: next(20) === 0 ? 2 : 0 })));
}

export const NOW = 1_000_000;
