/** `/runs/:run`: what a run did, step by step, and why. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { isSought } from "~/api/asking";
import { attributionQuery } from "~/api/attribution";
import { runQuery } from "~/api/runs";
import type { Run, StepDetail } from "~/api/types";
import { AttributionPanel } from "~/features/attribution/AttributionPanel";
import { marksOf } from "~/features/attribution/marks";
import { CompletenessBadge } from "~/features/completeness/CompletenessBadge";
import { CompletenessFacts } from "~/features/completeness/CompletenessFacts";
import { Decision } from "~/features/decision/Decision";
import type { Links as DecisionLinks } from "~/features/decision/links";
import { Banner } from "~/features/run/Banner";
import { CompareDialog } from "~/features/run/CompareDialog";
import type { Links } from "~/features/run/links";
import { indexOf, useLaid, useWaiting, type Laid } from "~/features/run/outlined";
import { Overview } from "~/features/run/Overview";
import { RunBody } from "~/features/run/RunBody";
import { RunHeader } from "~/features/run/RunHeader";
import { StepPane } from "~/features/run/StepPane";
import { formatRunView, parseRunView, type RunView } from "~/features/run/view";
import { VIEW_KEYS, ViewTabs } from "~/features/run/ViewTabs";
import { useKeys } from "~/lib/keys";
import { address } from "~/lib/params";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { SplitPane } from "~/ui/SplitPane";
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

/** Runs of which it is worth asking where they turned. */
const BADLY = new Set<Run["state"]>(["failed", "halted", "lost"]);

const decisionOf = (step: StepDetail) => <Decision step={step} links={LINKS} />;

export function RunRoute() {
  const { run = "" } = useParams();
  const query = useQuery(runQuery(run));
  // The run and its steps are asked for at once: neither waits for the other.
  const { query: outline, laid } = useLaid(run);
  if (isSought(query)) return <Empty icon="waiting" title="Not recorded yet">Looking again for the run {run}.</Empty>;
  return <Loaded query={query}>{(data) => <RunPage key={data.id} run={data} outline={outline} laid={laid} />}</Loaded>;
}

function RunPage({ run, outline, laid }: { run: Run; outline: ReturnType<typeof useLaid>["query"]; laid: Laid | null }) {
  const [view, setView] = useRunView();
  const [comparing, setComparing] = useState(false);
  const stop = useStopRequest();
  const navigate = useNavigate();
  const onStop = () => stop({ scope: "run", target: run.id, around: { run: run.id, session: run.session, agent: run.agent } });
  const over = run.ended_at !== null;
  useKeys({
    s: () => !over && onStop(),
    v: () => setComparing(true),
    o: () => setView({ step: "" }),
    t: () => setView({ view: view.view === "tree" ? "timeline" : "tree" }),
    ...Object.fromEntries(Object.entries(VIEW_KEYS).map(([key, to]) => [key, () => setView({ view: view.view === to ? "tree" : to })])),
    // The address is ahead of what is drawn when one Escape follows another.
    Escape: () => (new URLSearchParams(location.search).has("step") ? setView({ step: "" }) : void navigate(paths.runs())),
  });
  useEffect(() => {
    document.title = `${run.title || run.agent} · Holdfast`;
  }, [run.title, run.agent]);
  const waiting = useWaiting(laid);
  const turned = BADLY.has(run.state);
  const attribution = useQuery({ ...attributionQuery(run.id), enabled: turned });
  const suspicions = useMemo(() => new Map(attribution.data ? marksOf(attribution.data).map((mark) => [mark.step, mark]) : []), [attribution.data]);
  const left = (
    <Loaded query={outline}>
      {() => {
        if (!laid) return <Skeleton rows={8} />;
        return laid.outline.ids.length === 0 ? <Empty icon="span" title="No step has arrived yet" /> : <RunBody run={run} laid={laid} links={LINKS} suspicions={suspicions} view={view} onView={setView} />;
      }}
    </Loaded>
  );
  const shown = view.step && (!laid || indexOf(laid, view.step) >= 0);
  const right = shown ? (
    <StepPane step={view.step} trace={run.parts.length > 0 ? "" : run.trace} tab={view.tab} links={LINKS} decision={decisionOf} onTab={(tab) => setView({ tab })} onClose={() => setView({ step: "" })} />
  ) : (
    <Overview run={run} links={LINKS}>
      {turned && <AttributionPanel run={run.id} selected={view.step} onSelect={(step) => setView({ step })} />}
      {run.completeness.state === "partial" && <CompletenessFacts told={run.completeness} />}
    </Overview>
  );
  return (
    <div className={styles["page"]}>
      <RunHeader run={run} back={paths.runs()} links={LINKS} badge={<CompletenessBadge told={run.completeness} />} onStop={onStop} onCompare={() => setComparing(true)} />
      <Banner run={run} waiting={waiting} links={LINKS} />
      <ViewTabs laid={laid} value={view.view} onChange={(next) => setView({ view: next })} />
      <SplitPane name="run" left={left} right={right} initial={700} min={340} minRight={360} />
      {comparing && <CompareDialog run={run} pathTo={(other) => paths.compare(run.id, other)} onClose={() => setComparing(false)} />}
    </div>
  );
}

function useRunView(): [RunView, (part: Partial<RunView>) => void] {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => parseRunView(params), [params]);
  return [view, (part) => setParams(() => formatRunView({ ...parseRunView(address()), ...part }), { replace: true })];
}
