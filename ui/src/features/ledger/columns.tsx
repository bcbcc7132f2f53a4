/** The columns of the ledger. */
import type { LedgerEntry, Verdict } from "~/api/types";
import { count } from "~/lib/counts";
import { VERDICTS } from "~/lib/states";
import { absolute, clock } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import styles from "./columns.module.css";

export const COLUMNS: readonly Column<LedgerEntry>[] = [
  { id: "index", label: "Index", width: "56px", cell: (entry) => <code>{count(entry.index)}</code> },
  { id: "at", label: "Time", width: "92px", cell: (entry) => <time title={absolute(entry.at)}>{clock(entry.at)}</time> },
  { id: "type", label: "Record", width: "72px", cell: (entry) => entry.type },
  { id: "verdict", label: "Said", width: "92px", cell: (entry) => <Said entry={entry} /> },
  { id: "agent", label: "Agent", width: "minmax(80px, 0.8fr)", cell: (entry) => entry.agent },
  { id: "target", label: "Target", width: "minmax(110px, 1.2fr)", cell: (entry) => entry.target || <code className={styles["quiet"]}>{entry.step && `step ${entry.step.slice(0, 8)}`}</code> },
  { id: "rules", label: "Rules", width: "minmax(80px, 1.2fr)", cell: (entry) => <code className={styles["quiet"]}>{entry.rules.join(", ")}</code> },
  { id: "leaf", label: "Leaf", width: "92px", cell: (entry) => <code className={styles["quiet"]}>{entry.leaf_hash.slice(0, 10)}</code> },
];

const isVerdict = (text: string): text is Verdict => text in VERDICTS;

function Said({ entry }: { entry: LedgerEntry }) {
  if (isVerdict(entry.verdict)) return <Badge {...VERDICTS[entry.verdict]} quiet />;
  return <span className={styles["quiet"]}>{entry.status || entry.verdict}</span>;
}
