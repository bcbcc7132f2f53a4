/** What was decided about a call, what came back, and what the headers say. */
import { Link } from "react-router";
import type { Played as Answer } from "~/api/types";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { JsonView } from "~/ui/JsonView";
import { Section } from "~/ui/Section";
import { saidIn } from "./clients";
import { verdictLook } from "./looks";
import styles from "./Playground.module.css";

type Props = { answer: Answer; stepPath: (run: string, step: string) => string };

const OURS = /^x-holdfast-|^x-should-retry$/;

export function Played({ answer, stepPath }: Props) {
  const { decision, status, body, headers, ms } = answer;
  const said = saidIn(body);
  return (
    <>
      <p className={styles["verdict"]}>
        {decision ? <Badge {...verdictLook(decision.verdict)} /> : <Badge tone="plain" icon="idle" label="not decided" />}
        <span>
          {status} after {duration(ms)}
        </span>
        {decision?.run && <Link to={stepPath(decision.run, decision.step)}>See the step</Link>}
      </p>
      {decision && decision.reasons.length > 0 && (
        <ul className={styles["reasons"]} aria-label="Reasons">
          {decision.reasons.map((reason) => (
            <li key={reason.rule}>
              {reason.message} <code>{reason.rule}</code>
            </li>
          ))}
        </ul>
      )}
      {said !== null && (
        <Section title={status < 400 ? "It said" : "The client is told"}>
          <p className={styles["said"]}>{said}</p>
        </Section>
      )}
      <Section title="Headers" note="ours first">
        <Headers headers={headers} />
      </Section>
      <Section title="Body">{typeof body === "string" ? <pre className={styles["said"]}>{body}</pre> : <JsonView value={body} label="answer" />}</Section>
    </>
  );
}

function Headers({ headers }: { headers: Record<string, string> }) {
  const sorted = Object.entries(headers).toSorted(([a], [b]) => Number(OURS.test(b)) - Number(OURS.test(a)) || a.localeCompare(b));
  return (
    <dl className={styles["headers"]}>
      {sorted.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt className={OURS.test(name) ? styles["ours"] : undefined}>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
