/** Sums over time, stacked by name: the dearest stands on the floor and is the darkest. */
import { useState } from "react";
import styles from "./Chart.module.css";
import { ChartFrame } from "./ChartFrame";
import { Plot } from "./Plot";

export type Bar = { name: string; full: string; /** One value a key; null where nothing is known. */ values: readonly (number | null)[]; total: number | null };

type Props = {
  label: string;
  keys: readonly string[];
  bars: readonly Bar[];
  tell: (value: number | null) => string;
  tick: (value: number) => string;
  chosen?: string | undefined;
  onChoose?: ((key: string) => void) | undefined;
  onOpen?: ((index: number) => void) | undefined;
  idle: string;
};

const TONES = 9;
const GAP = 0.18;

export const toneOf = (rank: number) => styles[`tone${Math.min(rank, TONES - 1)}`] ?? "";

export function BarChart({ label, keys, bars, tell, tick, chosen, onChoose, onOpen, idle }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const here = at === null ? undefined : bars[at];
  const place = chosen === undefined ? -1 : keys.indexOf(chosen);
  const top = Math.max(...bars.map((bar) => (place >= 0 ? bar.values[place] : bar.total) ?? 0), 0);
  const figures = {
    head: ["From", "Total", ...keys.map(nameOf)],
    rows: bars.map((bar) => [bar.full, tell(bar.total), ...bar.values.map(tell)]),
  };
  return (
    <ChartFrame label={label} figures={figures} readout={here ? <Readout bar={here} keys={keys} place={place} tell={tell} /> : idle}>
      <Plot label={label} names={bars.map((bar) => bar.name)} top={top} tick={tick} at={at} onAt={setAt} onOpen={onOpen}>
        {({ x, y, slot, floor }) =>
          bars.map((bar, i) => {
            const left = x(i) - (slot * (1 - GAP)) / 2;
            const stack = keys.length ? bar.values : [bar.total];
            let below = 0;
            return (
              <g key={bar.full}>
                {stack.map((value, rank) => {
                  if (!value || (place >= 0 && rank !== place)) return null;
                  const from = place >= 0 ? 0 : below;
                  below += value;
                  const height = Math.max(1, floor - y(value));
                  return <rect key={keys[rank] ?? "total"} className={`${styles["bar"]} ${toneOf(rank)}`} x={left} width={Math.max(1, slot * (1 - GAP))} y={y(from) - height} height={height} />;
                })}
              </g>
            );
          })
        }
      </Plot>
      {keys.length > 0 && (
        <div className={styles["legend"]} role="group" aria-label={`${label}: only one`}>
          {keys.map((key, rank) => (
            <button key={key} type="button" className={place >= 0 && rank !== place ? styles["faded"] : undefined} aria-pressed={rank === place} onClick={() => onChoose?.(rank === place ? "" : key)}>
              <i className={toneOf(rank)} aria-hidden />
              <span>{nameOf(key)}</span>
            </button>
          ))}
        </div>
      )}
    </ChartFrame>
  );
}

export const nameOf = (key: string) => key || "(none)";

function Readout({ bar, keys, place, tell }: { bar: Bar; keys: readonly string[]; place: number; tell: (value: number | null) => string }) {
  const named = bar.values.map((value, i) => ({ key: keys[i] ?? "", value, i })).filter(({ value, i }) => value && (place < 0 || i === place));
  return (
    <>
      {bar.full} <b>{bar.total === null ? "nothing recorded yet" : tell(bar.total)}</b>
      {named.slice(0, 4).map(({ key, value }) => ` · ${nameOf(key)} ${tell(value)}`)}
      {named.length > 4 && ` · ${named.length - 4} more`}
    </>
  );
}
