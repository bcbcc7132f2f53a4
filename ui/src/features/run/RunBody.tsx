/** A run in the view that was chosen, with the tools that work on it. */
import { useMemo, useState } from "react";
import type { Run } from "~/api/types";
import { count } from "~/lib/counts";
import { useKeys } from "~/lib/keys";
import { Empty } from "~/ui/Notice";
import { Conversation } from "./Conversation";
import { CostView } from "./CostView";
import { DecisionsView } from "./DecisionsView";
import { FlameView } from "./FlameView";
import { GraphView } from "./GraphView";
import { beside } from "./layout/finding";
import { pathTo } from "./layout/tree";
import { MemoryView } from "./MemoryView";
import { Minimap } from "./Minimap";
import type { Suspicions } from "./line";
import type { Links } from "./links";
import { indexOf, useAsked, type Laid } from "./outlined";
import { usePlayer } from "./playback";
import styles from "./RunBody.module.css";
import { Find, HeatChoice, Playback, Troubles } from "./RunTools";
import { SequenceView } from "./SequenceView";
import { StepList } from "./StepList";
import type { RunView } from "./view";

type Props = { run: Run; laid: Laid; links: Links; suspicions: Suspicions; view: RunView; onView: (part: Partial<RunView>) => void };

const FINDS = new Set(["tree", "timeline", "sequence", "graph"]);
const HEATS = new Set(["tree", "timeline"]);

export function RunBody({ run, laid, links, suspicions, view, onView }: Props) {
  const { plan, outline } = laid;
  const player = usePlayer(plan.totalUs);
  const selected = indexOf(laid, view.step);
  const [closed, setClosed] = useClosed(laid);
  const found = useFound(laid, view.find);
  const hits = useMemo(() => new Set(found), [found]);
  const select = (step: number) => {
    // What leads to a step is opened, so that a step that was gone to is seen.
    const path = pathTo(plan.tree, step);
    if (path.some((above) => closed.has(above))) setClosed(new Set([...closed].filter((each) => !path.includes(each))));
    onView({ step: outline.ids[step] ?? "" });
  };
  const goTo = (steps: Int32Array) => (forward: boolean) => {
    const next = beside(steps, plan.tree.place, selected < 0 ? -1 : plan.tree.place[selected]!, forward);
    if (next >= 0) select(next);
  };
  const fold = (step: number, open: boolean) => setClosed(folded(closed, step, open));
  const turned = [...suspicions].find(([, suspicion]) => suspicion.turned)?.[0];
  useKeys({ w: () => turned !== undefined && select(indexOf(laid, turned)) }, turned !== undefined);
  useKeys({ x: () => setClosed(closed.size > 0 ? new Set() : new Set(branches(laid))) });
  const props = { laid, selected, hits, player, onSelect: select };
  const tools = FINDS.has(view.view);
  return (
    <>
      {tools && (
        <div className={styles["tools"]} role="toolbar" aria-label="Steps">
          <Find text={view.find} found={found.length} at={found.indexOf(selected) + 1} onText={(find) => onView({ find })} onNext={goTo(found)} />
          <Troubles total={plan.troubles.length} at={plan.troubles.indexOf(selected) + 1} onNext={goTo(plan.troubles)} />
          {HEATS.has(view.view) && <HeatChoice heat={view.heat} onHeat={(heat) => onView({ heat })} />}
          <Playback player={player} totalUs={plan.totalUs} over={run.ended_at !== null} />
        </div>
      )}
      {outline.truncated && <p className={styles["truncated"]}>{`The first ${count(outline.ids.length)} of more steps are shown; the export has all of them.`}</p>}
      {(view.view === "tree" || view.view === "timeline") && <Listed {...props} suspicions={suspicions} view={view} closed={closed} onFold={fold} onView={onView} />}
      {view.view === "flame" && <FlameView laid={laid} by={view.byCost ? "cost" : "time"} selected={selected} onBy={(by) => onView({ byCost: by === "cost" })} onSelect={select} />}
      {view.view === "graph" && <GraphView {...props} run={run} links={links} expanded={view.expanded} onExpanded={(expanded) => onView({ expanded })} />}
      {view.view === "sequence" && <SequenceView {...props} />}
      {view.view === "conversation" && <Conversation run={run.id} steps={run.steps} selected={view.step} onSelect={(step) => onView({ step })} />}
      {view.view === "decisions" && <DecisionsView laid={laid} selected={selected} onSelect={select} />}
      {view.view === "memory" && <MemoryView laid={laid} selected={selected} onSelect={select} />}
      {view.view === "cost" && <CostView laid={laid} family={run.runs.length > 0} selected={selected} onSelect={select} />}
    </>
  );
}

type ListedProps = Omit<Parameters<typeof StepList>[0], "rows" | "view" | "heat" | "zoom"> & { view: RunView; onView: (part: Partial<RunView>) => void };

function Listed({ view, onView, ...props }: ListedProps) {
  const { closed, player } = props;
  const timeline = view.view === "timeline";
  const zoom = timeline ? view.zoom : null;
  const asked = useAsked(
    props.laid,
    useMemo(() => ({ type: "rows" as const, closed: Int32Array.from(closed), window: zoom }), [closed, zoom]),
  );
  const { totalUs } = props.laid.plan;
  const scale = (by: number) => () => {
    const { from, to } = view.zoom ?? { from: 0, to: totalUs };
    const half = ((to - from) * by) / 2;
    const next = { from: Math.max(0, (from + to) / 2 - half), to: Math.min(totalUs, (from + to) / 2 + half) };
    onView({ zoom: next.to - next.from >= totalUs - 1 ? null : next });
  };
  const turn = useMemo(() => indexOf(props.laid, [...props.suspicions].find(([, { turned }]) => turned)?.[0] ?? ""), [props.laid, props.suspicions]);
  useKeys({ "+": scale(0.5), "=": scale(0.5), "-": scale(2), "0": () => onView({ zoom: null }) }, timeline);
  return (
    <>
      {timeline && <Minimap laid={props.laid} turn={turn} zoom={view.zoom} player={player} onZoom={(next) => onView({ zoom: next })} />}
      {asked && (asked.answer.length === 0 ? <Empty icon="span" title="Nothing happened in this part" /> : <StepList {...props} laid={asked.laid} rows={asked.answer} view={timeline ? "timeline" : "tree"} heat={view.heat} zoom={zoom} />)}
    </>
  );
}

/** Closed steps are remembered by their ids: their places move while steps arrive. */
function useClosed({ outline }: Laid): [ReadonlySet<number>, (closed: ReadonlySet<number>) => void] {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const closed = useMemo(() => new Set(ids.size === 0 ? [] : outline.ids.flatMap((id, step) => (ids.has(id) ? [step] : []))), [ids, outline]);
  return [closed, (next) => setIds(new Set([...next].map((step) => outline.ids[step] ?? "")))];
}

const NOTHING = new Int32Array();

function useFound(laid: Laid, text: string): Int32Array {
  const asked = useAsked(
    laid,
    useMemo(() => ({ type: "find" as const, text }), [text]),
  );
  return text && asked ? asked.answer : NOTHING;
}

function folded(closed: ReadonlySet<number>, step: number, open: boolean): ReadonlySet<number> {
  const next = new Set(closed);
  if (open) next.delete(step);
  else next.add(step);
  return next;
}

/** Every branch below the roots: closing them leaves the run's outline. */
function branches({ plan: { tree } }: Laid): number[] {
  return [...tree.order].filter((step) => tree.children[step]! > 0 && tree.depths[step]! > 0);
}
