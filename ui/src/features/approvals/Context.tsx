/** What the run did just before, and through whom it acts. */
import { Link } from "react-router";
import type { Approval, Step } from "~/api/types";
import { KINDS, VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Icon } from "~/ui/Icon";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { Ago } from "~/ui/Time";
import styles from "./Context.module.css";

export function Context({ approval, stepPath }: { approval: Approval; stepPath: (step: Step) => string }) {
  return (
    <>
      {approval.recent.length > 0 && (
        <Section title="Just before">
          <ol className={styles["steps"]}>
            {approval.recent.map((step) => (
              <li key={step.id}>
                <Link to={stepPath(step)}>
                  <Icon name={KINDS[step.kind].icon} label={KINDS[step.kind].label} />
                  <span>{step.name || step.target}</span>
                  {step.verdict ? <Badge {...VERDICTS[step.verdict]} quiet /> : <i />}
                  <span>{duration(step.duration_ms)}</span>
                  <Ago at={step.started_at} />
                </Link>
              </li>
            ))}
          </ol>
        </Section>
      )}
      <Section title="On whose authority">
        <Facts
          facts={[
            { name: "Chain", value: approval.chain.join(" → ") },
            { name: "Agent", value: `${approval.agent} ${approval.version.slice(0, 8)}` },
            { name: "Owner", value: approval.owner },
            { name: "Session", value: <code>{approval.session}</code> },
          ]}
        />
      </Section>
    </>
  );
}
