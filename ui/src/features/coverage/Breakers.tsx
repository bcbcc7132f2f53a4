/** What is down, in which processes, and closing it by hand. */
import { useCloseBreaker } from "~/api/insight";
import { asProblem } from "~/api/problem";
import type { Breaker } from "~/api/types";
import { plural } from "~/lib/counts";
import { useRemembered } from "~/lib/remembered";
import { BREAKER_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Panel } from "~/ui/Panel";
import { Ago, Remaining } from "~/ui/Time";
import styles from "./Coverage.module.css";

export function Breakers({ breakers }: { breakers: readonly Breaker[] }) {
  return (
    <Panel title="Breakers" note={breakers.length || undefined} flush>
      {breakers.length === 0 ? (
        <p className={styles["none"]}>Every tool, model and dependency answers.</p>
      ) : (
        <ul className={styles["breakers"]} aria-label="Breakers">
          {breakers.map((breaker) => (
            <Row key={`${breaker.scope} ${breaker.name}`} breaker={breaker} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Row({ breaker }: { breaker: Breaker }) {
  const close = useCloseBreaker(breaker);
  const [by] = useRemembered("name", "");
  return (
    <li>
      <p className={styles["line"]}>
        <Badge {...BREAKER_STATES[breaker.state]} />
        <code>{breaker.name}</code>
        <span className={styles["quiet"]}>{breaker.scope}</span>
        {breaker.state !== "closed" && (
          <Button aria-label={`Close the breaker of ${breaker.name}`} disabledReason={close.isPending ? "Sending" : undefined} onClick={() => close.mutate(by.trim() || "console")}>
            Close it
          </Button>
        )}
      </p>
      {breaker.reason && <p>{breaker.reason}</p>}
      <p className={styles["quiet"]}>
        {plural(breaker.failures, "failure")}
        {breaker.opened_at && (
          <>
            , opened <Ago at={breaker.opened_at} />
          </>
        )}
        {breaker.retry_at && (
          <>
            , tried again in <Remaining until={breaker.retry_at} />
          </>
        )}
        {breaker.processes.length > 0 && `, in ${plural(breaker.processes.length, "process", "processes")}`}
      </p>
      {close.error && (
        <p role="alert" className={styles["problem"]}>
          {asProblem(close.error).message}. {asProblem(close.error).hint}
        </p>
      )}
    </li>
  );
}
