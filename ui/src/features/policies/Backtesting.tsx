/** Which recorded actions the draft would have judged otherwise, by agent and tool, with steps to look at. */
import { useState } from "react";
import { Link } from "react-router";
import { useBacktest } from "~/api/policies";
import type { Backtest, SourceAsk } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { usd } from "~/lib/money";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Ago } from "~/ui/Time";
import styles from "./Bench.module.css";
import { Ran } from "./Ran";
import { Turn } from "./Turn";

const PERIODS = { "24h": "24 hours", "7d": "7 days", "4w": "4 weeks" } as const;
type Period = keyof typeof PERIODS;

type Props = { sources: SourceAsk[]; edited: boolean; stepPath: (run: string, step: string) => string };

export function Backtesting({ sources, edited, stepPath }: Props) {
  const [since, setSince] = useState<Period>("7d");
  const backtest = useBacktest();
  const start = (
    <>
      <select aria-label="Look back" value={since} onChange={(event) => setSince(event.target.value as Period)}>
        {Object.entries(PERIODS).map(([value, label]) => (
          <option key={value} value={value}>
            last {label}
          </option>
        ))}
      </select>
      <Button disabledReason={edited ? undefined : "Edit the file first; it is what judged"} onClick={() => backtest.mutate({ sources, since })}>
        Judge the past by this draft
      </Button>
    </>
  );
  return (
    <Ran run={backtest} stale={backtest.variables?.sources !== sources || backtest.variables.since !== since} start={start} idle="Every recorded action is judged again; nothing is run.">
      {(found) => <Found found={found} stepPath={stepPath} />}
    </Ran>
  );
}

function Found({ found, stepPath }: { found: Backtest; stepPath: Props["stepPath"] }) {
  const skipped = Object.entries(found.skipped);
  return (
    <>
      <p className={styles["lead"]}>
        {found.changed.length === 0 ? <Badge tone="allow" icon="allow" label="nothing would change" /> : <b>{plural(found.changed.reduce((sum, change) => sum + change.count, 0), "verdict")} would change</b>}
        <span className={styles["quiet"]}>
          {count(found.actions)} actions judged in {duration(found.took_ms)}
          {found.inexact > 0 && `, ${count(found.inexact)} of them not as they were judged then`}
          {skipped.map(([why, n]) => `, ${count(n)} left out: ${why}`)}
        </span>
      </p>
      <ul className={styles["changes"]} aria-label="Changed verdicts">
        {found.changed.map((change) => (
          <li key={`${change.agent} ${change.tool} ${change.before} ${change.after}`}>
            <p className={styles["lead"]}>
              <b>{count(change.count)} ×</b>
              <span>{change.agent}</span>
              <code>{change.tool}</code>
              <Turn before={change.before} after={change.after} />
              {change.cost_usd !== null && <span className={styles["quiet"]}>cost {usd(change.cost_usd)}</span>}
            </p>
            <ul className={styles["examples"]}>
              {change.examples.map((example) => (
                <li key={example.step}>
                  <Link to={stepPath(example.run, example.step)} className={styles["link"]}>
                    {example.step.slice(0, 8)}
                  </Link>
                  <code>{JSON.stringify(example.arguments)}</code>
                  <span className={styles["quiet"]}>
                    <Ago at={example.at} />
                  </span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </>
  );
}
