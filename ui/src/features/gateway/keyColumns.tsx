/** The columns of the list of keys. */
import type { GatewayKey } from "~/api/types";
import { usd } from "~/lib/money";
import { KEY_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import { Meter } from "~/ui/Meter";
import { Ago, Remaining } from "~/ui/Time";
import styles from "./columns.module.css";

/** What gives way when a key stands beside the list. */
export const KEY_SPARE = new Set(["models", "ends", "prefix", "budget"]);
export const KEY_NARROW = new Set(["prefix", "models"]);

export const KEY_COLUMNS: readonly Column<GatewayKey>[] = [
  { id: "name", label: "Key", width: "minmax(130px, 1.3fr)", cell: (key) => <b>{key.name}</b> },
  { id: "prefix", label: "Begins with", width: "92px", cell: (key) => <code className={styles["quiet"]}>{key.prefix}…</code> },
  { id: "agent", label: "Acts as", width: "minmax(90px, 1fr)", cell: (key) => key.agent },
  { id: "models", label: "May ask", width: "minmax(110px, 1.4fr)", cell: (key) => <span className={styles["quiet"]}>{key.models.join(", ") || "every model"}</span> },
  { id: "budget", label: "Used", width: "minmax(190px, 1.4fr)", cell: (key) => <Used budget={key} /> },
  { id: "ends", label: "Ends in", width: "70px", end: true, cell: (key) => (key.expires_at && key.state === "active" ? <Remaining until={key.expires_at} /> : <span className={styles["quiet"]}>–</span>) },
  { id: "used", label: "Last used", width: "76px", end: true, cell: (key) => (key.last_used_at ? <Ago at={key.last_used_at} /> : <span className={styles["quiet"]}>never</span>) },
  { id: "state", label: "State", width: "84px", cell: (key) => <Badge {...KEY_STATES[key.state]} quiet /> },
];

export const WINDOWS = { none: "in all", day: "a day", week: "a week", month: "a month" } as const;

export function Used({ budget }: { budget: GatewayKey }) {
  const { budget_usd: limit, used_usd: used, budget_window: window } = budget;
  if (limit === null) return <span className={styles["quiet"]}>no limit of its own</span>;
  const says = `${usd(used)} of ${usd(limit)} ${WINDOWS[window ?? "none"]}`;
  return (
    <span className={styles["budget"]}>
      <Meter label={`Budget of ${budget.name}`} share={(used ?? 0) / (limit || 1)} says={says} over={(used ?? 0) >= limit} />
      <span>
        {usd(used ?? 0)} of {usd(limit)}
      </span>
    </span>
  );
}
