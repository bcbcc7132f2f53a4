/** Which run to hold this one against: others of the same agent, newest first, or any by its text. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { runsQuery } from "~/api/runs";
import type { Run } from "~/api/types";
import { plural } from "~/lib/counts";
import { usd } from "~/lib/money";
import { useSettled } from "~/lib/settled";
import { RUN_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Dialog } from "~/ui/Dialog";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Ago } from "~/ui/Time";
import styles from "./CompareDialog.module.css";

type Props = { run: Run; pathTo: (other: string) => string; onClose: () => void };

const SHOWN = 30;
const SETTLE_MS = 250;

export function CompareDialog({ run, pathTo, onClose }: Props) {
  const [text, setText] = useState("");
  const q = useSettled(text.trim(), SETTLE_MS);
  const query = useInfiniteQuery(runsQuery(q ? { q } : { agent: [run.agent] }));
  return (
    <Dialog title="Compare with" onClose={onClose}>
      <div className={styles["frame"]}>
        <input type="search" aria-label="Find a run" placeholder={`Runs of ${run.agent}; type to look among all`} value={text} onChange={(event) => setText(event.target.value)} />
        <Loaded query={query} rows={5}>
          {({ pages }) => {
            const others = pages.flatMap((page) => page.items).filter((other) => other.id !== run.id);
            if (others.length === 0) return <Empty icon="runs" title="No other run was found" />;
            return (
              <ul>
                {others.slice(0, SHOWN).map((other) => (
                  <li key={other.id}>
                    <Link to={pathTo(other.id)} onClick={onClose}>
                      <Badge {...RUN_STATES[other.state]} quiet />
                      <span>{other.title || other.id}</span>
                      <small>{plural(other.steps, "step")}</small>
                      <small>{usd(other.cost_usd)}</small>
                      <small>
                        <Ago at={other.started_at} />
                      </small>
                    </Link>
                  </li>
                ))}
              </ul>
            );
          }}
        </Loaded>
      </div>
    </Dialog>
  );
}
