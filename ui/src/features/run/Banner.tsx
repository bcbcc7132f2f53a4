/** Why a run stands still or was stopped, before anything else. */
import { Link } from "react-router";
import type { Run, Step } from "~/api/types";
import { Icon } from "~/ui/Icon";
import { Ago } from "~/ui/Time";
import styles from "./Banner.module.css";
import type { Links } from "./links";

type Props = { run: Run; waiting: Step | undefined; links: Links };

export function Banner({ run, waiting, links }: Props) {
  if (run.stopped_by) {
    return (
      <div role="alert" className={`${styles["banner"]} ${styles["halt"]}`}>
        <Icon name="halt" size={16} />
        <p>
          <b>Stopped.</b> {run.stopped_by.message}
          {run.kill && ` ${run.kill.by}: ${run.kill.reason}`}
        </p>
        <code>{run.stopped_by.rule}</code>
      </div>
    );
  }
  if (run.kill) {
    return (
      <div role="alert" className={`${styles["banner"]} ${styles["halt"]}`}>
        <Icon name="halt" size={16} />
        <p>
          <b>A stop is in force</b> ({run.kill.scope}), by {run.kill.by} <Ago at={run.kill.at} />: {run.kill.reason}
        </p>
      </div>
    );
  }
  if (waiting?.approval) {
    return (
      <div role="status" className={`${styles["banner"]} ${styles["ask"]}`}>
        <Icon name="ask" size={16} />
        <p>
          <b>Waits for a person</b> to answer <code>{waiting.target}</code>. {waiting.reasons[0]?.message}
        </p>
        <Link to={links.approval(waiting.approval)}>Answer</Link>
      </div>
    );
  }
  if (run.error) {
    return (
      <div role="alert" className={`${styles["banner"]} ${styles["failed"]}`}>
        <Icon name="failed" size={16} />
        <p>
          <b>Failed.</b> {run.error}
        </p>
      </div>
    );
  }
  return null;
}
