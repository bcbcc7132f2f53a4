/** A small chart of a rate; a missing value is a gap, never zero. */
import styles from "./Sparkline.module.css";

type Props = { values: readonly number[]; label: string; height?: number };

const WIDTH = 240;

/** One bar a bucket: a rate that jumps must look like one. */
export function Sparkline({ values, label, height = 40 }: Props) {
  const top = Math.max(...values, Number.MIN_VALUE);
  const slot = WIDTH / Math.max(values.length, 1);
  return (
    <svg className={styles["chart"]} viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" height={height} role="img" aria-label={label}>
      <line x1={0} x2={WIDTH} y1={height - 0.5} y2={height - 0.5} className={styles["floor"]} />
      {values.map((value, i) => {
        const bar = value <= 0 ? 0 : Math.max(1, (value / top) * (height - 2));
        // A bucket has no identity but its place in time.
        // oxlint-disable-next-line react/no-array-index-key
        return <rect key={i} x={i * slot} y={height - 1 - bar} width={slot - 1} height={bar} className={i === values.length - 1 ? styles["now"] : styles["bar"]} />;
      })}
    </svg>
  );
}
