/** The columns of the list of budgets. */
import type { Budget } from "~/api/types";
import { BUDGET_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import { amount, resetWords, whose, WINDOWS } from "./amounts";
import styles from "./columns.module.css";
import { Gauge } from "./Gauge";

export const COLUMNS: readonly Column<Budget>[] = [
  { id: "whose", label: "Budget", width: "minmax(150px, 1.4fr)", cell: (budget) => <Whose budget={budget} /> },
  { id: "window", label: "Window", width: "72px", cell: (budget) => <span className={styles["quiet"]}>{WINDOWS[budget.window]}</span> },
  { id: "gauge", label: "Used and held", width: "minmax(110px, 2fr)", cell: (budget) => <Gauge budget={budget} /> },
  { id: "used", label: "Used", width: "92px", end: true, cell: (budget) => amount(budget.used, budget.unit) },
  { id: "limit", label: "Limit", width: "104px", end: true, cell: (budget) => amount(budget.limit, budget.unit) },
  { id: "state", label: "State", width: "76px", cell: (budget) => <Badge {...BUDGET_STATES[budget.state]} quiet /> },
  { id: "resets", label: "Begins anew", width: "146px", cell: (budget) => <span className={styles["quiet"]}>{budget.resets_at ? resetWords(budget.resets_at, budget.time_zone) : "–"}</span> },
];

function Whose({ budget }: { budget: Budget }) {
  return (
    <span className={styles["whose"]}>
      <b>{whose(budget)}</b>
      {budget.scope !== "org" && budget.key !== "*" && <small>{budget.scope}</small>}
    </span>
  );
}
