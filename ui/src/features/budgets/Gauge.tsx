/** How full a budget is: used, in doubt, held, and where the warning begins. */
import type { Budget } from "~/api/types";
import { amount, fillOf } from "./amounts";
import styles from "./Gauge.module.css";

type Props = { budget: Pick<Budget, "used" | "held" | "in_doubt" | "limit" | "soft" | "unit" | "state">; tall?: boolean };

export function Gauge({ budget, tall = false }: Props) {
  const fill = fillOf(budget);
  const { unit } = budget;
  const said = `${amount(budget.used, unit)} used, ${amount(budget.held, unit)} held, of ${amount(budget.limit, unit)}`;
  return (
    <span role="meter" aria-label={said} aria-valuemin={0} aria-valuemax={1} aria-valuenow={Number((fill.used + fill.doubt + fill.held).toFixed(3))} aria-valuetext={said} title={said} className={`${styles["gauge"]} ${tall ? styles["tall"] : ""} ${styles[budget.state]}`}>
      <i className={styles["used"]} style={{ width: `${fill.used * 100}%` }} />
      <i className={styles["doubt"]} style={{ width: `${fill.doubt * 100}%` }} />
      <i className={styles["held"]} style={{ width: `${fill.held * 100}%` }} />
      {fill.soft !== null && <b className={styles["soft"]} style={{ left: `${fill.soft * 100}%` }} title={`Warns from ${amount(budget.soft ?? 0, unit)}`} />}
    </span>
  );
}
