/** What was decided about a step, why, what would have changed it, and where it is written down. */
import { Link } from "react-router";
import type { Reason, StepDetail } from "~/api/types";
import { VERDICTS } from "~/lib/states";
import { CopyId } from "~/ui/CopyId";
import { Icon } from "~/ui/Icon";
import { Empty } from "~/ui/Notice";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import styles from "./DecisionTab.module.css";
import type { Links } from "./links";
import { Timings } from "./Timings";

export function DecisionTab({ step, links }: { step: StepDetail; links: Links }) {
  if (!step.governed || !step.verdict) {
    return (
      <Empty icon="span" title="Nobody decided on this step">
        It arrived as a trace only. Actions that pass through the SDK are decided before they happen.
      </Empty>
    );
  }
  return (
    <>
      {step.reasons.length === 0 && (
        <Section title="Reasons">
          <p>{step.approval ? "A person approved exactly this call; every other stage let it pass." : "Every stage let it pass; no rule objected."}</p>
        </Section>
      )}
      {step.reasons.length > 0 && (
        <Section title="Reasons">
          <ul className={styles["reasons"]}>
            {step.reasons.map((reason) => (
              <ReasonView key={reason.rule + reason.message} reason={reason} />
            ))}
          </ul>
        </Section>
      )}
      {step.explanation.map(({ title, text }) => (
        <Section key={title} title={title}>
          <Explained text={text} />
        </Section>
      ))}
      {step.unendorsed.length > 0 && (
        <Section title="Chosen by nobody entitled">
          <ul className={styles["values"]}>
            {step.unendorsed.map((value) => (
              <li key={value}>
                <code>{value}</code>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {Object.keys(step.timings_us).length > 0 && (
        <Section title="Stages" note={step.took_us === null ? "" : `${step.took_us.toFixed(1)} µs in all`}>
          <Timings timings={step.timings_us} />
        </Section>
      )}
      <Section title="Record">
        <Facts facts={record(step, links)} />
      </Section>
    </>
  );
}

function record(step: StepDetail, links: Links) {
  const at = (index: number | null | undefined) => (index === null || index === undefined ? null : <Link to={links.ledger(index)} className={styles["link"]}>{`#${index}`}</Link>);
  return [
    { name: "Verdict", value: `${VERDICTS[step.verdict ?? "allow"].label}${step.enforced ? "" : ", in shadow: recorded, not acted on"}` },
    { name: "Settled at", value: step.stage },
    { name: "Obligations", value: step.obligations.join(", ") },
    { name: "Labels", value: step.labels.join(", ") },
    { name: "Policy bundle", value: step.bundle && <CopyId value={step.bundle} shown={step.bundle.slice(0, 16)} label="bundle hash" /> },
    { name: "Approval", value: step.approval && <Link to={links.approval(step.approval)} className={styles["link"]}>{step.approval}</Link> },
    { name: "Ledger decision", value: at(step.ledger.decision) },
    { name: "Ledger outcome", value: at(step.ledger.outcome) },
  ];
}

export function ReasonView({ reason }: { reason: Reason }) {
  return (
    <li className={styles["reason"]}>
      <p>{reason.message}</p>
      <p className={styles["rule"]}>
        <code>{reason.rule}</code>
        <span>{reason.category}</span>
        {reason.cure && (
          <span className={styles["cure"]}>
            <Icon name="approvals" size={12} />
            {reason.cure.replace(/^approval:/, "lifted by ")}
          </span>
        )}
      </p>
    </li>
  );
}

/** Policy text keeps its lines; a sentence reads as one. */
function Explained({ text }: { text: string }) {
  if (text.includes("\n")) return <pre className={styles["policy"]}>{text}</pre>;
  const parts = text.split("`");
  return (
    <p className={styles["sentence"]}>
      {/* Between backticks stands a name. The parts of a sentence never move. */}
      {/* oxlint-disable-next-line react/no-array-index-key */}
      {parts.map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}
    </p>
  );
}
