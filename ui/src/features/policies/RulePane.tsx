/** One rule: what it says, how much it counts and what came of that, and the Cedar it becomes. */
import type { Rule, RuleLevel } from "~/api/types";
import { count } from "~/lib/counts";
import { VERDICTS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Code } from "~/ui/Code";
import { CopyId } from "~/ui/CopyId";
import { Icon } from "~/ui/Icon";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { Ago } from "~/ui/Time";
import styles from "./Pane.module.css";
import { Ramp } from "./Ramp";

type Props = { rule: Rule; file: string; levels: readonly RuleLevel[]; onEdit: () => void; onClose: () => void };

export function RulePane({ rule, file, levels, onEdit, onClose }: Props) {
  return (
    <Pane
      label={`Rule ${rule.id}`}
      what="rule"
      title={<code>{rule.id}</code>}
      actions={
        <>
          <Badge {...VERDICTS[rule.verdict]} />
          <Button onClick={onEdit} keys="E">
            Edit
          </Button>
        </>
      }
      onClose={onClose}
    >
      {rule.message && <p className={styles["message"]}>{rule.message}</p>}
      <Facts
        facts={[
          { name: "Stands in", value: <CopyId value={`${file}:${rule.line}`} label="place" /> },
          { name: "Preset", value: rule.preset && <code>{rule.preset}</code> },
          { name: "Category", value: rule.category.replaceAll("_", " ") },
          { name: "Tools", value: rule.tools.join(", ") },
        ]}
      />
      {levels.map((level) => (
        <div key={level.rule}>
          {level.rule !== rule.id && <code className={styles["policy"]}>{level.rule}</code>}
          <Ramp level={level} />
          <Done level={level} />
        </div>
      ))}
      <Section title="As Cedar" note={rule.preset ? "what the preset becomes" : "as written"}>
        <div className={styles["source"]}>
          <Code label={`Cedar of ${rule.id}`} text={rule.cedar.trimEnd()} from={rule.preset ? 1 : rule.line} />
        </div>
      </Section>
    </Pane>
  );
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 && share > 0 ? 1 : 0)} %`;

function Done({ level }: { level: RuleLevel }) {
  return (
    <Section title="What came of it" note="since then, at most 7 days back">
      <dl className={styles["figures"]}>
        <div>
          <dt>Refused or asked</dt>
          <dd>{count(level.refused)}</dd>
        </div>
        <div>
          <dt>Would have</dt>
          <dd>{count(level.would_refuse)}</dd>
        </div>
        <div>
          <dt>Called wrong</dt>
          <dd>{count(level.false_blocks)}</dd>
        </div>
        <div>
          <dt>Rate, of {percent(level.limit)} allowed</dt>
          <dd className={level.rate !== null && level.rate > level.limit ? styles["over"] : undefined}>{level.rate === null ? "–" : percent(level.rate)}</dd>
        </div>
      </dl>
      {level.stepped_back_at && (
        <p className={styles["back"]}>
          <Icon name="back" size={12} />
          <span>
            It stepped back by itself <Ago at={level.stepped_back_at} />: too many of its refusals were called wrong.
          </span>
        </p>
      )}
    </Section>
  );
}
