/** A share over time with its interval; where nothing was counted the line has a gap. */
import { useState } from "react";
import styles from "./Chart.module.css";
import { ChartFrame } from "./ChartFrame";
import { Plot } from "./Plot";
import { bottomOf, stretches } from "./scale";

export type Dot = { name: string; full: string; value: number | null; low: number | null; high: number | null; note: string };

type Props = { label: string; dots: readonly Dot[]; tell: (value: number | null) => string; tick: (value: number) => string; top: number; limit?: number | undefined; limitName?: string; idle: string };

export function LineChart({ label, dots, tell, tick, top, limit, limitName = "objective", idle }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const here = at === null ? undefined : dots[at];
  const lowest = Math.min(limit ?? top, ...dots.map((dot) => dot.low ?? top));
  const figures = { head: ["From", "Value", "Low", "High", "Counted"], rows: dots.map((dot) => [dot.full, tell(dot.value), tell(dot.low), tell(dot.high), dot.note]) };
  const readout = here ? (
    <>
      {here.full} <b>{here.value === null ? "nothing counted" : tell(here.value)}</b>
      {here.value !== null && ` · ${tell(here.low)} to ${tell(here.high)} · ${here.note}`}
    </>
  ) : (
    idle
  );
  return (
    <ChartFrame label={label} figures={figures} readout={readout}>
      <Plot label={label} names={dots.map((dot) => dot.name)} top={top} bottom={bottomOf(lowest)} tick={tick} at={at} onAt={setAt}>
        {({ x, y }) => (
          <>
            {limit !== undefined && (
              <line className={`${styles["grid"]} ${styles["limit"]}`} x1={x(0)} x2={x(dots.length - 1)} y1={y(limit)} y2={y(limit)}>
                <title>{limitName}</title>
              </line>
            )}
            {stretches(dots, (dot) => dot.value !== null).map(({ from, items }) => (
              <g key={from}>
                <polygon className={styles["band"]} points={[...items.map((dot, i) => `${x(from + i)},${y(dot.high ?? 0)}`), ...items.map((dot, i) => `${x(from + i)},${y(dot.low ?? 0)}`).toReversed()].join(" ")} />
                <polyline className={styles["line"]} points={items.map((dot, i) => `${x(from + i)},${y(dot.value ?? 0)}`).join(" ")} />
                {items.map((dot, i) => (
                  <circle key={dot.full} className={styles["dot"]} cx={x(from + i)} cy={y(dot.value ?? 0)} r={at === from + i ? 4 : items.length < 40 ? 2.5 : 0} />
                ))}
              </g>
            ))}
          </>
        )}
      </Plot>
    </ChartFrame>
  );
}
