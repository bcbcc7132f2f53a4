/** `/runs/:run`: what a run did, step by step, and why. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { runQuery } from "~/api/runs";
import type { Run, StepDetail } from "~/api/types";
import { Decision } from "~/features/decision/Decision";
import { Banner } from "~/features/run/Banner";
import { Conversation } from "~/features/run/Conversation";
import type { Links as DecisionLinks } from "~/features/decision/links";
import type { Links } from "~/features/run/links";
import { Overview } from "~/features/run/Overview";
import { RunHeader } from "~/features/run/RunHeader";
import { StepList } from "~/features/run/StepList";
import { StepPane } from "~/features/run/StepPane";
import { useSteps } from "~/features/run/steps";
import { formatRunView, parseRunView, VIEWS, type RunView, type View } from "~/features/run/view";
import { count } from "~/lib/counts";
import { useKeys } from "~/lib/keys";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { SplitPane } from "~/ui/SplitPane";
import { Tabs } from "~/ui/Tabs";
import { paths } from "./paths";
import styles from "./run.module.css";
import { useStopRequest } from "./stop";

const LINKS: Links & DecisionLinks = {
  run: paths.run,
  session: (session) => paths.runs({ session }),
  agent: (agent) => paths.runs({ agent }),
  rule: (rule) => paths.policies({ rule }),
  approval: paths.approval,
  ledger: paths.ledger,
};

const VIEW_NAMES: Record<View, string> = { tree: "Tree", timeline: "Timeline", conversation: "Conversation" };

const decisionOf = (step: StepDetail) => <Decision step={step} links={LINKS} />;

export function RunRoute() {
  const { run = "" } = useParams();
  const query = useQuery(runQuery(run));
  return <Loaded query={query}>{(data) => <RunPage key={data.id} run={data} />}</Loaded>;
}

function RunPage({ run }: { run: Run }) {
  const [view, setView] = useRunView();
  const { query, steps, more, complete } = useSteps(run.id);
  const stop = useStopRequest();
  const navigate = useNavigate();
  const onStop = () => stop({ scope: "run", target: run.id, around: { run: run.id, session: run.session, agent: run.agent } });
  const over = run.ended_at !== null;
  useKeys({
    s: () => !over && onStop(),
    t: () => setView({ view: view.view === "tree" ? "timeline" : "tree" }),
    c: () => setView({ view: view.view === "conversation" ? "tree" : "conversation" }),
    // The address is ahead of what is drawn when one Escape follows another.
    Escape: () => (new URLSearchParams(location.search).has("step") ? setView({ step: "" }) : void navigate(paths.runs())),
  });
  useEffect(() => {
    document.title = `${run.title || run.agent} · Holdfast`;
  }, [run.title, run.agent]);
  const waiting = useMemo(() => steps.find((step) => step.state === "waiting" && step.approval), [steps]);
  const select = (step: string) => setView({ step });
  const loaded = complete ? null : `${count(steps.length)} of ${count(run.steps)} steps loaded; scroll to load more.`;
  const left = (
    <>
      <div className={styles["tools"]}>
        <Tabs look="segments" label="View" tabs={VIEWS.map((id) => ({ id, label: VIEW_NAMES[id] }))} value={view.view} onChange={(next) => setView({ view: next })} />
        {loaded && <span className={styles["loaded"]}>{`${count(steps.length)} of ${count(run.steps)}`}</span>}
      </div>
      {view.view === "conversation" ? (
        <Conversation run={run.id} steps={run.steps} selected={view.step} onSelect={select} />
      ) : (
        <Loaded query={query}>
          {() => (steps.length === 0 ? <Empty icon="span" title="No step has arrived yet" /> : <StepList steps={steps} view={view.view === "timeline" ? "timeline" : "tree"} selected={view.step} onSelect={select} onEnd={more} foot={loaded} />)}
        </Loaded>
      )}
    </>
  );
  const right = view.step ? (
    <StepPane step={view.step} trace={run.trace} tab={view.tab} decision={decisionOf} onTab={(tab) => setView({ tab })} onClose={() => setView({ step: "" })} />
  ) : (
    <Overview run={run} links={LINKS} />
  );
  return (
    <div className={styles["page"]}>
      <RunHeader run={run} back={paths.runs()} links={LINKS} onStop={onStop} />
      <Banner run={run} waiting={waiting} links={LINKS} />
      <SplitPane name="run" left={left} right={right} initial={640} min={340} minRight={360} />
    </div>
  );
}

function useRunView(): [RunView, (part: Partial<RunView>) => void] {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => parseRunView(params), [params]);
  return [view, (part) => setParams(formatRunView({ ...view, ...part }), { replace: true })];
}
