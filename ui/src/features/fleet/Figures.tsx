/** The fleet in five numbers, each a way to its list. */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Fleet, RunState, Verdict } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { perHour, usd } from "~/lib/money";
import shared from "~/ui/Figures.module.css";
import { Sparkline } from "~/ui/Sparkline";
import styles from "./Figures.module.css";

type Props = { fleet: Fleet; runsPath: (view: { state?: RunState; verdict?: Verdict }) => string; approvalsPath: string };

export function Figures({ fleet, runsPath, approvalsPath }: Props) {
  const { totals, burn } = fleet;
  return (
    <section className={styles["strip"]} aria-label="Today">
      <Figure to={runsPath({ state: "running" })} label="Running" value={count(totals.running)} note={`${plural(totals.runs_today, "run")} today`} />
      <Figure to={approvalsPath} label="Waiting for a person" value={count(totals.waiting)} tone={totals.waiting ? "ask" : undefined} />
      <Figure to={runsPath({ verdict: "deny" })} label="Denied today" value={count(totals.denied_today)} tone={totals.denied_today ? "deny" : undefined} />
      <Figure to={runsPath({ state: "halted" })} label="Halted today" value={count(totals.halted_today)} tone={totals.halted_today ? "deny" : undefined} />
      <div className={`${shared["figure"]} ${styles["burn"]}`}>
        <div>
          <p className={shared["label"]}>Burn</p>
          <p className={shared["value"]}>{perHour(burn.usd_per_hour)}</p>
          <p className={shared["note"]} title={burn.unpriced_today ? `${plural(burn.unpriced_today, "model call")} of unknown price not included` : undefined}>
            {usd(burn.today_usd)} today{burn.unpriced_today ? ` + ${burn.unpriced_today} unpriced` : ""}
          </p>
        </div>
        <figure>
          <Sparkline values={burn.series.map((point) => point.usd)} label="Spend a minute over the last hour" height={40} />
          <figcaption className={styles["axis"]}>
            <span>60m ago</span>
            <span>now</span>
          </figcaption>
        </figure>
      </div>
    </section>
  );
}

type FigureProps = { to: string; label: string; value: string; note?: ReactNode; tone?: "ask" | "deny" | undefined };

function Figure({ to, label, value, note, tone }: FigureProps) {
  return (
    <Link to={to} className={`${shared["figure"]} ${styles["figure"]}`}>
      <p className={shared["label"]}>{label}</p>
      <p className={`${shared["value"]} ${tone ? styles[tone] : ""}`}>{value}</p>
      {note && <p className={shared["note"]}>{note}</p>}
    </Link>
  );
}
