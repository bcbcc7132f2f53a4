/** A run at a glance: what, how it stands, by whom, at what cost. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import { exportPath, type ExportForm } from "~/api/runs";
import type { Run } from "~/api/types";
import { count, short, tokens } from "~/lib/counts";
import { costOf } from "~/lib/money";
import { RUN_STATES } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { Menu } from "~/ui/Menu";
import { Ago, Elapsed } from "~/ui/Time";
import type { Links } from "./links";
import styles from "./RunHeader.module.css";

type Props = { run: Run; back: string; links: Links; badge: ReactNode; onStop: () => void; onCompare: () => void };

const FORMS: readonly { form: ExportForm; name: string; note: string }[] = [
  { form: "json", name: "JSON", note: "every field" },
  { form: "csv", name: "CSV", note: "a line a step" },
  { form: "otlp", name: "OTLP JSON", note: "for another store" },
];

export function RunHeader({ run, back, links, badge, onStop, onCompare }: Props) {
  const over = run.state !== "running" && run.state !== "waiting";
  return (
    <section className={styles["header"]} aria-label="Run">
      <div className={styles["top"]}>
        <Link to={back} className={styles["back"]}>
          Runs
        </Link>
        <span className={styles["slash"]}>/</span>
        <h1 title={run.title}>{run.title || run.id}</h1>
        <Badge {...RUN_STATES[run.state]} />
        <div className={styles["actions"]}>
          <Button icon="compare" keys="V" title="Compare with another run" onClick={onCompare}>
            Compare
          </Button>
          <Menu name="Export" icon="download" items={FORMS.map(({ form, name, note }) => ({ name, note, href: exportPath(run.id, form), download: true }))} />
          <Button look={over ? "outline" : "stop"} icon="halt" keys="S" disabledReason={over ? "It has ended already" : undefined} onClick={onStop}>
            Stop run
          </Button>
        </div>
      </div>
      <dl className={styles["facts"]}>
        <Fact name="Agent">
          <Link to={links.agent(run.agent)}>{run.agent}</Link> <code>{run.version.slice(0, 8)}</code>
        </Fact>
        {run.person && <Fact name="For">{run.person}</Fact>}
        <Fact name="Started">
          <Ago at={run.started_at} />
        </Fact>
        <Fact name={over ? "Took" : "Runs for"}>{run.ended_at ? duration(run.duration_ms) : <Elapsed since={run.started_at} />}</Fact>
        <Fact name="Steps">{count(run.steps)}</Fact>
        <Fact name="Tokens">{tokens(run.tokens_in, run.tokens_out)}</Fact>
        <Fact name="Cost">
          {run.unpriced_calls > 0 && run.cost_usd !== null ? "≥ " : ""}
          {costOf(run)}
          {run.unpriced_calls > 0 && <small> + {run.unpriced_calls} unpriced</small>}
        </Fact>
        <Fact name="Record">{badge}</Fact>
        {run.session && (
          <Fact name="Session">
            <Link to={links.session(run.session)} title="Runs of this session">
              <code>{short(run.session)}</code>
            </Link>
          </Fact>
        )}
        <Fact name="Run">
          <CopyId value={run.id} shown={short(run.id)} label="run id" />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
