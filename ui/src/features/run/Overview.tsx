/** What stands around a run: authority, labels, budgets, verdicts and the runs it started. Shown while no step is selected. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { BudgetUse, Run, RunSummary, Verdict } from "~/api/types";
import { count } from "~/lib/counts";
import { usd } from "~/lib/money";
import { RUN_STATES, VERDICTS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { CopyId } from "~/ui/CopyId";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import type { Links } from "./links";
import styles from "./Overview.module.css";

const ORDER: readonly Verdict[] = ["allow", "transform", "ask", "deny", "halt"];

type Props = { run: Run; links: Links; /** What others have to say about the run. */ children?: ReactNode };

export function Overview({ run, links, children }: Props) {
  return (
    <section className={styles["overview"]} aria-label="About the run">
      {children}
      <Section title="Verdicts">
        <div className={styles["verdicts"]}>
          {ORDER.map((verdict) => (
            <span key={verdict} className={run.verdicts[verdict] ? undefined : styles["none"]}>
              <b>{count(run.verdicts[verdict])}</b>
              <Badge {...VERDICTS[verdict]} quiet />
            </span>
          ))}
        </div>
      </Section>
      {run.budgets.length > 0 && (
        <Section title="Budgets">
          <div className={styles["budgets"]}>
            {run.budgets.map((budget) => (
              <Budget key={`${budget.scope} ${budget.unit}`} budget={budget} />
            ))}
          </div>
        </Section>
      )}
      <Section title="About">
        <Facts
          facts={[
            { name: "Authority", value: run.chain.join(" → ") },
            { name: "Labels", value: run.labels.join(", ") },
            { name: "Owner", value: run.owner },
            { name: "Framework", value: run.framework },
            { name: "Governed", value: run.governed ? "yes" : "no: only traces arrived" },
            { name: "Model calls", value: count(run.model_calls) },
            { name: "Tool calls", value: count(run.tool_calls) },
            { name: "Run", value: <CopyId value={run.id} label="run id" /> },
            { name: "Session", value: run.session && <CopyId value={run.session} label="session id" /> },
            { name: "Trace", value: <CopyId value={run.trace} label="trace id" /> },
          ]}
        />
      </Section>
      {run.runs.length > 0 && (
        <Section title="Same trace" note={run.runs.length}>
          <ul>
            {run.runs.map((other) => (
              <Relative key={other.id} run={other} path={links.run(other.id)} />
            ))}
          </ul>
        </Section>
      )}
    </section>
  );
}

function Relative({ run, path }: { run: RunSummary; path: string }) {
  return (
    <li>
      <Link to={path} className={styles["relative"]}>
        <Badge {...RUN_STATES[run.state]} quiet />
        <span>
          {run.agent}: {run.title}
        </span>
        <span>{usd(run.cost_usd)}</span>
      </Link>
    </li>
  );
}

const amount = (value: number, unit: string) => (unit === "usd" ? usd(value) : `${count(Math.round(value * 100) / 100)} ${unit}`);

function Budget({ budget }: { budget: BudgetUse }) {
  const share = (part: number) => `${Math.min(100, (part / (budget.limit || 1)) * 100)}%`;
  return (
    <div>
      <p className={styles["budget"]}>
        <span>
          {budget.scope}, {budget.unit}
        </span>
        <span>
          {amount(budget.used, budget.unit)}
          {budget.held > 0 && ` + ${amount(budget.held, budget.unit)} held`} of {amount(budget.limit, budget.unit)}
        </span>
      </p>
      <div className={styles["meter"]} role="meter" aria-label={`${budget.scope} ${budget.unit}`} aria-valuemin={0} aria-valuemax={budget.limit} aria-valuenow={budget.used}>
        <i style={{ width: share(budget.used) }} />
        <i className={styles["held"]} style={{ width: share(budget.held) }} />
      </div>
    </div>
  );
}
