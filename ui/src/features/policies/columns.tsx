/** The columns of the list of policies. */
import type { RuleLevel } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { levelWord } from "~/lib/levels";
import { LEVEL_LOOKS, VERDICTS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import { Icon } from "~/ui/Icon";
import styles from "./columns.module.css";
import { isTests, type Row } from "./sources";

export const COLUMNS: readonly Column<Row>[] = [
  { id: "rule", label: "Rule", width: "minmax(180px, 3fr)", cell: (row) => (row.kind === "file" ? <File row={row} /> : <Named row={row} />) },
  { id: "verdict", label: "Says", width: "92px", cell: (row) => row.kind === "rule" && <Badge {...VERDICTS[row.rule.verdict]} quiet /> },
  { id: "level", label: "Counts", width: "104px", cell: (row) => row.kind === "rule" && row.levels[0] && <LevelBadge level={row.levels[0]} /> },
  { id: "refused", label: "Refused", width: "84px", end: true, cell: (row) => row.kind === "rule" && row.levels[0] && <Refused levels={row.levels} /> },
];

export function LevelBadge({ level, quiet = true }: { level: Pick<RuleLevel, "level" | "percent">; quiet?: boolean }) {
  return <Badge {...LEVEL_LOOKS[level.level]} label={levelWord(level.level, level.percent)} quiet={quiet} />;
}

function File({ row }: { row: Extract<Row, { kind: "file" }> }) {
  return (
    <span className={styles["file"]}>
      <Icon name="file" />
      <b>{row.name}</b>
      {row.draft ? <small className={styles["edited"]}>edited</small> : isTests(row.name) && <small>tests</small>}
      {row.lints > 0 && (
        <small className={styles["lints"]} title={plural(row.lints, "lint")}>
          <Icon name="warning" size={12} label="lints" />
          {row.lints}
        </small>
      )}
    </span>
  );
}

function Named({ row }: { row: Extract<Row, { kind: "rule" }> }) {
  return (
    <span className={styles["rule"]} title={row.rule.message}>
      <code>{row.rule.id}</code>
    </span>
  );
}

function Refused({ levels }: { levels: readonly RuleLevel[] }) {
  const refused = levels.reduce((sum, level) => sum + level.refused, 0);
  if (levels.some((level) => level.stepped_back_at)) {
    return (
      <span className={styles["back"]} title="It stepped back by itself: too many of its refusals were called wrong">
        <Icon name="back" size={12} label="stepped back" />
        {count(refused)}
      </span>
    );
  }
  if (levels.every((level) => level.level === "shadow" || level.level === "warn")) {
    return (
      <span className={styles["quiet"]} title="Would have refused">
        ({count(levels.reduce((sum, level) => sum + level.would_refuse, 0))})
      </span>
    );
  }
  return count(refused);
}
