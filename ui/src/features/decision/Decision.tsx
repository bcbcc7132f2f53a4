/** What was decided about a step, why, what would have changed it, and where it is written down. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { explanationQuery } from "~/api/decisions";
import type { StepDetail } from "~/api/types";
import { VERDICTS } from "~/lib/states";
import { CopyId } from "~/ui/CopyId";
import { Empty } from "~/ui/Notice";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { Skeleton } from "~/ui/Skeleton";
import styles from "./Decision.module.css";
import { Explained } from "./Explained";
import { FalseBlock } from "./FalseBlock";
import type { Links } from "./links";
import { Reasons } from "./Reasons";
import { Timings } from "./Timings";
import { Shadowed } from "./Shadowed";

export function Decision({ step, links }: { step: StepDetail; links: Links }) {
  if (!step.governed || !step.verdict) {
    return (
      <Empty icon="span" title="Nobody decided on this step">
        It arrived as a trace only. Actions that pass through the SDK are decided before they happen.
      </Empty>
    );
  }
  const would = step.would ?? [];
  return (
    <>
      {step.reasons.length > 0 ? (
        <Section title="Reasons" actions={isRefusal(step) && <FalseBlock step={step.id} asked={step.verdict === "ask"} />}>
          <Reasons reasons={step.reasons} />
        </Section>
      ) : (
        <Section title="Reasons">
          <p>{step.approval ? "A person approved exactly this call; every other stage let it pass." : "Every stage let it pass; no rule objected."}</p>
        </Section>
      )}
      {would.length > 0 && (
        <Section title="Rules that do not count yet" note="what they would have done">
          <Shadowed would={would} />
        </Section>
      )}
      <Why step={step} links={links} />
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

const isRefusal = (step: StepDetail) => step.verdict === "deny" || step.verdict === "halt" || step.verdict === "ask";

/** The rules, what they looked at and what would have passed; where nobody can say, that. */
function Why({ step, links }: { step: StepDetail; links: Links }) {
  const { data, error } = useQuery(explanationQuery(step.id));
  if (data) return <Explained explanation={data} run={step.run} links={links} />;
  if (!error) return <Skeleton rows={4} label="Loading the explanation" />;
  return (
    <>
      {step.explanation.map(({ title, text }) => (
        <Section key={title} title={title}>
          <p className={styles["told"]}>{text}</p>
        </Section>
      ))}
      <p className={styles["missing"]}>The rules of its time cannot be shown: {error.message}.</p>
    </>
  );
}

function record(step: StepDetail, links: Links) {
  const at = (index: number | null | undefined) => (index === null || index === undefined ? null : <Link to={links.ledger(index)} className={styles["link"]}>{`#${index}`}</Link>);
  return [
    { name: "Verdict", value: `${VERDICTS[step.verdict ?? "allow"].label}${step.enforced ? "" : ", in shadow: recorded, not acted on"}` },
    { name: "Settled at", value: step.stage },
    { name: "Obligations", value: step.obligations.join(", ") },
    { name: "Policy bundle", value: step.bundle && <CopyId value={step.bundle} shown={step.bundle.slice(0, 16)} label="bundle hash" /> },
    { name: "Approval", value: step.approval && <Link to={links.approval(step.approval)} className={styles["link"]}>{step.approval}</Link> },
    { name: "Ledger decision", value: at(step.ledger.decision) },
    { name: "Ledger outcome", value: at(step.ledger.outcome) },
  ];
}
