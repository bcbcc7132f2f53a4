/** What follows what: summed up, with loops counted, or as it ran, step after step. */
import { useMemo } from "react";
import type { Run } from "~/api/types";
import { count } from "~/lib/counts";
import { useKeys } from "~/lib/keys";
import { KINDS as KIND_NAMES } from "~/lib/outline";
import { KINDS } from "~/lib/states";
import { Icon } from "~/ui/Icon";
import { Empty } from "~/ui/Notice";
import { Tabs } from "~/ui/Tabs";
import { Beside } from "./Beside";
import { curve, NODE, placeOf, sizeOf } from "./edges";
import styles from "./GraphView.module.css";
import type { Graph, GraphNode } from "./layout/graph";
import { useAsked, type Laid } from "./outlined";
import { useMoment, type Player } from "./playback";
import type { Links } from "./links";
import { Rails } from "./Rails";

type Props = { run: Run; links: Links; laid: Laid; expanded: boolean; selected: number; hits: ReadonlySet<number>; player: Player; onExpanded: (expanded: boolean) => void; onSelect: (step: number) => void };

const FORMS = [
  { id: "sum", label: "Summed up" },
  { id: "ran", label: "As it ran" },
] as const;
const ASK = { type: "graph" } as const;

export function GraphView(props: Props) {
  return (
    <>
      <div className={styles["tools"]}>
        <Tabs look="segments" label="Graph" tabs={FORMS} value={props.expanded ? "ran" : "sum"} onChange={(form) => props.onExpanded(form === "ran")} />
        <span className={styles["note"]}>{props.expanded ? "One row a step; a rail branches off for whatever a step started, a dashed bow joins steps that name each other." : "Steps that do the same are one node; an edge back is a loop, with how often it was taken."}</span>
      </div>
      {props.expanded ? <Rails {...props} /> : <Summed {...props} />}
    </>
  );
}

function Summed({ run, links, laid, selected, player, onSelect }: Props) {
  const asked = useAsked(laid, ASK);
  if (!asked) return null;
  if (asked.answer.nodes.length === 0) return <Empty icon="span" title="Only frames have arrived: nothing follows anything yet" />;
  return <Drawing run={run} links={links} graph={asked.answer} laid={asked.laid} selected={selected} player={player} onSelect={onSelect} />;
}

type DrawingProps = { run: Run; links: Links; graph: Graph; laid: Laid; selected: number; player: Player; onSelect: (step: number) => void };

function Drawing({ run, links, graph, laid, selected, player, onSelect }: DrawingProps) {
  const { nodes, edges, back, nodeOf, hidden } = graph;
  const { width, height } = sizeOf(graph);
  const active = nodeOf[selected] ?? -1;
  const { atUs } = useMoment(player);
  const lit = useMemo(() => litAt(laid, nodeOf, atUs), [laid, nodeOf, atUs]);
  const most = edges.reduce((all, edge) => Math.max(all, edge.count), 1);
  const agents = new Set(nodes.map((node) => node.agent)).size;
  const go = (by: number) => {
    const node = nodes[Math.max(0, Math.min(active + by, nodes.length - 1))];
    if (node) onSelect(node.first);
  };
  useKeys({ j: () => go(1), ArrowDown: () => go(1), "]": () => go(1), k: () => go(-1), ArrowUp: () => go(-1), "[": () => go(-1) });
  return (
    <div className={styles["frame"]}>
      <div className={styles["row"]}>
        <Beside run={run} links={links} laid={laid} graph={graph} />
        <div className={styles["canvas"]} style={{ width, height }}>
          <svg width={width} height={height} role="img" aria-label={`${nodes.length} nodes, ${edges.length} edges, ${back.filter(Boolean).length} of them loops`}>
            <defs>
              <marker id="arrow" viewBox="0 0 8 8" refX={7} refY={4} markerWidth={8} markerHeight={8} markerUnits="userSpaceOnUse" orient="auto">
                <path d="M0 0.5 7 4 0 7.5z" className={styles["tip"]} />
              </marker>
            </defs>
            {edges.map((edge, index) => {
              const { path, at } = curve(graph, edge, back[index] ?? false);
              return (
                <g key={`${edge.from} ${edge.to}`} className={back[index] || edge.from === edge.to ? styles["loop"] : styles["edge"]}>
                  <path d={path} markerEnd="url(#arrow)" strokeWidth={1 + 1.5 * Math.sqrt(edge.count / most)} />
                  {edge.count > 1 && (
                    <text x={at.x} y={at.y}>
                      ×{count(edge.count)}
                    </text>
                  )}
                </g>
              );
            })}
          </svg>
          {nodes.map((node) => (
            <Node key={node.id} node={node} agent={agents > 1 ? (laid.outline.agentNames[node.agent] ?? "") : ""} place={placeOf(graph, node.id)} selected={node.id === active} lit={lit.has(node.id)} onSelect={() => onSelect(node.first)} />
          ))}
        </div>
      </div>
      {hidden > 0 && <p className={styles["hidden"]}>{count(hidden)} steps of rarer kinds are left out; As it ran shows all.</p>}
    </div>
  );
}

type NodeProps = { node: GraphNode; agent: string; place: { x: number; y: number }; selected: boolean; lit: boolean; onSelect: () => void };

function Node({ node, agent, place, selected, lit, onSelect }: NodeProps) {
  const kind = KINDS[KIND_NAMES[node.kind] ?? "span"];
  return (
    <button
      type="button"
      className={styles["node"]}
      aria-pressed={selected}
      data-lit={lit || undefined}
      data-trouble={node.trouble > 0 || undefined}
      style={{ left: place.x - NODE.width / 2, top: place.y, width: NODE.width, height: NODE.height }}
      title={`${kind.label} ${node.label}${agent && `, by ${agent}`}: ${count(node.steps)} ${node.steps === 1 ? "step" : "steps"}${node.trouble ? `, ${count(node.trouble)} failed or refused` : ""}`}
      onClick={onSelect}
    >
      <Icon name={kind.icon} label={kind.label} />
      <span>
        {node.label}
        {agent && agent !== node.label && <small>{agent}</small>}
      </span>
      <b>
        {node.steps > 1 && `×${count(node.steps)}`}
        {node.trouble > 0 && <i>{count(node.trouble)} ⊘</i>}
      </b>
    </button>
  );
}

/** Nodes with a step under way at this moment. */
function litAt({ outline: { columns }, plan: { sums } }: Laid, nodeOf: Int32Array, atUs: number | null): ReadonlySet<number> {
  const lit = new Set<number>();
  if (atUs === null) return lit;
  for (let step = 0; step < columns.count && columns.starts[step]! <= atUs; step++) if (sums.until[step]! >= atUs && nodeOf[step]! >= 0) lit.add(nodeOf[step]!);
  return lit;
}
