/** What two runs came to, and in a sentence where they part. */
import { Link } from "react-router";
import type { Comparison, RunSummary } from "~/api/types";
import { count } from "~/lib/counts";
import { usd } from "~/lib/money";
import { RUN_STATES } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { Ago } from "~/ui/Time";
import styles from "./Heads.module.css";

type Props = { comparison: Comparison; pathOf: (run: string) => string; swapped: string; onDivergence: () => void };

type Figure = { name: string; of: (run: RunSummary) => number | null; say: (value: number) => string };

const FIGURES: readonly Figure[] = [
  { name: "Took", of: (run) => run.duration_ms, say: duration },
  { name: "Cost", of: (run) => run.cost_usd, say: usd },
  { name: "Tokens", of: (run) => run.tokens_in + run.tokens_out, say: count },
  { name: "Steps", of: (run) => run.steps, say: count },
  { name: "Model calls", of: (run) => run.model_calls, say: count },
  { name: "Refused", of: (run) => run.verdicts.deny + run.verdicts.halt, say: count },
];

export function Heads({ comparison, pathOf, swapped, onDivergence }: Props) {
  const { left_run: left, right_run: right, diverged, text, truncated } = comparison;
  return (
    <>
      <div className={styles["heads"]}>
        <Head run={left} path={pathOf(left.id)} side="Left" />
        <Head run={right} path={pathOf(right.id)} side="Right" />
      </div>
      <div className={styles["figures"]}>
        <dl>
          {FIGURES.map(({ name, of, say }) => {
            const [a, b] = [of(left), of(right)];
            return (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {a === null ? "–" : say(a)} <i>→</i> {b === null ? "–" : say(b)} <small>{changed(a, b)}</small>
                </dd>
              </div>
            );
          })}
        </dl>
        <Link to={swapped} replace className={styles["swap"]} title="Swap left and right">
          <Icon name="transform" size={12} />
          Swap
        </Link>
      </div>
      <div className={styles["parted"]} role="status" data-parted={diverged === null ? undefined : ""}>
        <Icon name={diverged === null ? "check" : "compare"} size={16} />
        <p>
          {diverged !== null && <b>They part first here. </b>}
          {text}
          {truncated && " Only the first 20,000 steps of each are compared."}
        </p>
        {diverged !== null && <Button onClick={onDivergence}>Show</Button>}
      </div>
    </>
  );
}

function Head({ run, path, side }: { run: RunSummary; path: string; side: string }) {
  return (
    <section aria-label={`${side} run`}>
      <h2>
        <Link to={path}>{run.title || run.id}</Link>
      </h2>
      <p>
        <Badge {...RUN_STATES[run.state]} quiet />
        <span>
          {run.agent} <code>{run.version.slice(0, 8)}</code>
        </span>
        <Ago at={run.started_at} />
      </p>
    </section>
  );
}

/** More or less, in percent; equal is silent, and nothing is no base to reckon from. */
function changed(a: number | null, b: number | null): string {
  if (a === null || b === null || a === b || a === 0) return "";
  const share = Math.round(((b - a) / a) * 100);
  return `${share > 0 ? "+" : "−"}${count(Math.abs(share))} %`;
}
