/** How long each stage of a decision took, as one bar. */
import styles from "./Timings.module.css";

const SHADES = 4;

export function Timings({ timings }: { timings: Readonly<Record<string, number>> }) {
  const stages = Object.entries(timings);
  const total = stages.reduce((sum, [, us]) => sum + us, 0) || 1;
  return (
    <div>
      <div className={styles["bar"]} aria-hidden>
        {stages.map(([stage, us], index) => (
          <i key={stage} className={styles[`shade${index % SHADES}`]} style={{ flexGrow: us / total }} title={`${stage}: ${us} µs`} />
        ))}
      </div>
      <dl className={styles["legend"]}>
        {stages.map(([stage, us], index) => (
          <div key={stage}>
            <dt>
              <i className={styles[`shade${index % SHADES}`]} />
              {stage}
            </dt>
            <dd>{us < 10 ? us.toFixed(1) : Math.round(us)} µs</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
