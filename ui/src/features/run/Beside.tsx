/** The lane of runs beside this one: what its steps came of, and what came of them, by span links. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { linksQuery } from "~/api/runs";
import type { Run } from "~/api/types";
import { short } from "~/lib/counts";
import { besides, bridge, LANE, type Other } from "./lane";
import styles from "./Beside.module.css";
import { NODE } from "./edges";
import type { Graph } from "./layout/graph";
import type { Links } from "./links";
import { indexOf, type Laid } from "./outlined";

type Props = { run: Run; links: Links; laid: Laid; graph: Graph };

export function Beside({ run, links, laid, graph }: Props) {
  const { data } = useQuery(linksQuery(run.id));
  const others = useMemo(() => {
    const own = new Set([run.trace, ...run.parts.map((part) => part.trace)]);
    return besides(data?.links ?? [], own, graph, (step) => nodeAbove(laid, graph, indexOf(laid, step)));
  }, [data, run.trace, run.parts, laid, graph]);
  if (others.length === 0) return null;
  return (
    <div className={styles["lane"]} style={{ width: LANE, height: (others.at(-1)?.top ?? 0) + NODE.height }}>
      <svg role="img" aria-label={`${others.length} ${others.length === 1 ? "run" : "runs"} beside this one`}>
        {others.flatMap((other) => [
          ...[...other.after].map((node) => <path key={`${other.trace} to ${node}`} d={bridge(graph, other, node, false)} markerEnd="url(#arrow)" />),
          ...[...other.before].map((node) => <path key={`${other.trace} from ${node}`} d={bridge(graph, other, node, true)} markerEnd="url(#arrow)" />),
        ])}
      </svg>
      {others.map((other) => (
        <Beyond key={other.trace} other={other} links={links} />
      ))}
    </div>
  );
}

function Beyond({ other, links }: { other: Other; links: Links }) {
  const place = { top: other.top, width: NODE.width, height: NODE.height };
  const name = other.agent || "not here yet";
  const shown = (
    <>
      <span>{name}</span>
      <small>{other.title || short(other.trace)}</small>
    </>
  );
  return other.run ? (
    <Link to={links.run(other.run, other.step)} className={styles["other"]} style={place} title={`Another run, of ${name}: ${other.title || other.run}`}>
      {shown}
    </Link>
  ) : (
    <div className={styles["other"]} style={place} title={`Nothing of trace ${other.trace} has arrived`}>
      {shown}
    </div>
  );
}

/** The node that stands for a step; a frame stands within the step above it. */
function nodeAbove({ plan }: Laid, { nodeOf }: Graph, step: number): number {
  for (let at = step; at >= 0; at = plan.tree.parents[at] ?? -1) if ((nodeOf[at] ?? -1) >= 0) return nodeOf[at]!;
  return -1;
}
