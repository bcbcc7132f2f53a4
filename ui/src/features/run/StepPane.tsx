/** Everything about one step, under four tabs. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { stepQuery } from "~/api/runs";
import type { StepDetail } from "~/api/types";
import { tokens } from "~/lib/counts";
import { useKeys } from "~/lib/keys";
import { usd } from "~/lib/money";
import { KINDS, STEP_STATES, VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { Icon } from "~/ui/Icon";
import { Loaded } from "~/ui/Loaded";
import { Tabs } from "~/ui/Tabs";
import { Ago, Elapsed } from "~/ui/Time";
import { AttributesTab } from "./AttributesTab";
import { CallTab } from "./CallTab";
import type { Links } from "./links";
import { MessagesTab } from "./MessagesTab";
import styles from "./StepPane.module.css";
import { TABS, type StepTab } from "./view";

type Props = {
  step: string;
  trace: string;
  tab: StepTab;
  links: Links;
  /** Why it was decided as it was. */
  decision: (step: StepDetail) => ReactNode;
  onTab: (tab: StepTab) => void;
  onClose: () => void;
};

const LABELS: Record<StepTab, string> = { decision: "Decision", call: "Arguments & result", messages: "Messages", attributes: "Attributes" };

export function StepPane({ step, trace, tab, links, decision, onTab, onClose }: Props) {
  const query = useQuery(stepQuery(step, trace));
  useKeys(Object.fromEntries(TABS.map((each, index) => [String(index + 1), () => onTab(each)])));
  return (
    <Loaded query={query}>
      {(detail) => (
        <section className={styles["pane"]} aria-label={`Step ${detail.name}`}>
          <Head step={detail} onClose={onClose} />
          <div className={styles["tabs"]}>
            <Tabs label="Step" tabs={TABS.map((id) => ({ id, label: LABELS[id] }))} value={tab} onChange={onTab} />
          </div>
          <div className={styles["body"]} role="tabpanel" aria-label={LABELS[tab]} key={`${step} ${tab}`}>
            {tab === "decision" && decision(detail)}
            {tab === "call" && <CallTab step={detail} />}
            {tab === "messages" && <MessagesTab step={detail} />}
            {tab === "attributes" && <AttributesTab step={detail} links={links} />}
          </div>
        </section>
      )}
    </Loaded>
  );
}

function Head({ step, onClose }: { step: StepDetail; onClose: () => void }) {
  const kind = KINDS[step.kind];
  return (
    <header className={styles["head"]}>
      <div className={styles["title"]}>
        <Icon name={kind.icon} label={kind.label} size={16} />
        <h2>{step.name || step.target}</h2>
        {step.verdict && <Badge {...VERDICTS[step.verdict]} />}
        {step.state !== "done" && step.state !== "refused" && <Badge {...STEP_STATES[step.state]} quiet />}
        <Button look="quiet" icon="close" aria-label="Close step" title="Close (Esc)" className={styles["close"] ?? ""} onClick={onClose} />
      </div>
      <p className={styles["facts"]}>
        <span>
          {kind.label}
          {step.effect && `, ${step.effect}`}
        </span>
        <span>{step.agent}</span>
        <span>{step.ended_at ? duration(step.duration_ms) : <Elapsed since={step.started_at} />}</span>
        {step.tokens_in + step.tokens_out > 0 && <span>{tokens(step.tokens_in, step.tokens_out)} tokens</span>}
        {(Boolean(step.cost_usd) || !step.priced) && <span>{step.priced ? usd(step.cost_usd) : "price unknown"}</span>}
        <Ago at={step.started_at} />
        <span>
          <CopyId value={step.id} shown={step.id.slice(0, 8)} label="step id" />
        </span>
      </p>
      {step.error && <p className={styles["error"]}>{step.error}</p>}
    </header>
  );
}
