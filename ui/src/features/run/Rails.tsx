/** A run as it ran: one row a step, a rail for everything that holds steps, a bow for every span link. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { linksQuery } from "~/api/runs";
import type { Run, StepLink } from "~/api/types";
import { short } from "~/lib/counts";
import { FLAG, glance, TROUBLE } from "~/lib/outline";
import { KINDS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Icon } from "~/ui/Icon";
import type { Rails as Laying } from "./layout/rails";
import { NO_RAIL } from "./layout/rails";
import type { Links } from "./links";
import { useAsked, type Laid } from "./outlined";
import { phaseOf, useMoment, type Player } from "./playback";
import styles from "./Rails.module.css";
import { segments, tie, type Ties } from "./ties";
import { Mark } from "./TreeRow";
import { useWalked } from "./walked";

type Props = { run: Run; links: Links; laid: Laid; selected: number; hits: ReadonlySet<number>; player: Player; onSelect: (step: number) => void };

const ASK = { type: "rails" } as const;
const ROW_PX = 28;
const RAIL_PX = 14;
const LANE_PX = 9;
const MIDDLE = ROW_PX / 2;
const NO_TIES: Ties = { bows: [], lanes: 0, beyond: new Map() };

export function Rails(props: Props) {
  const asked = useAsked(props.laid, ASK);
  return asked && <Rows {...props} laid={asked.laid} rails={asked.answer} />;
}

function Rows({ run, links, laid, rails, selected, hits, player, onSelect }: Props & { rails: Laying }) {
  const { scroller, at, items, height } = useWalked(rails.steps, ROW_PX, selected, onSelect);
  const { atUs } = useMoment(player);
  const { outline, plan } = laid;
  const ties = useTies(run, laid, rails);
  return (
    <div ref={scroller} className={styles["scroller"]}>
      <div role="listbox" aria-label="Steps as they ran" tabIndex={0} aria-activedescendant={at >= 0 ? `ran-${at}` : undefined} className={styles["list"]} style={{ height }}>
        {items.map(({ index, start }) => {
          const step = glance(outline, rails.steps[index]!);
          return (
            // The list holds the focus and the keys; a pointer may press a row.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={step.id}
              id={`ran-${index}`}
              role="option"
              aria-selected={index === at}
              className={styles["row"]}
              data-phase={phaseOf(atUs, step.startUs, plan.sums.until[step.index]!)}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => onSelect(step.index)}
            >
              <span className={styles["moment"]}>{duration(step.startUs / 1000)}</span>
              <Gutter rails={rails} row={index} troubled={(step.flags & TROUBLE) !== 0} open={(step.flags & FLAG.inFlight) !== 0} />
              {ties.lanes > 0 && <Bows ties={ties} row={index} />}
              <Icon name={KINDS[step.kind].icon} label={KINDS[step.kind].label} className={styles["kind"]} />
              <span className={`${styles["name"]} ${hits.has(step.index) ? styles["hit"] : ""}`}>{step.label}</span>
              {ties.beyond.get(index)?.map((told) => <Beyond key={`${told.direction} ${told.other_trace} ${told.other_step}`} told={told} links={links} />)}
              <span className={styles["agent"]}>{step.agent}</span>
              <Mark step={step} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Gutter({ rails, row, troubled, open }: { rails: Laying; row: number; troubled: boolean; open: boolean }) {
  const above = row > 0 ? rails.through[row - 1]! : 0;
  const below = rails.through[row]!;
  const opens = rails.opens[row]!;
  const at = rails.at[row]!;
  const x = (rail: number) => rail * RAIL_PX + RAIL_PX / 2;
  const lines: string[] = [];
  for (let rail = 0; rail < rails.width; rail++) {
    const bit = 1 << rail;
    if ((above & bit) !== 0) lines.push(`M${x(rail)} 0V${MIDDLE}`);
    if ((below & bit) !== 0 && rail !== opens) lines.push(`M${x(rail)} ${MIDDLE}V${ROW_PX}`);
  }
  if (opens !== NO_RAIL) lines.push(`M${x(at)} ${MIDDLE}C${x(at)} ${ROW_PX} ${x(opens)} ${MIDDLE} ${x(opens)} ${ROW_PX}`);
  return (
    <svg width={rails.width * RAIL_PX} height={ROW_PX} aria-hidden className={styles["gutter"]}>
      <path d={lines.join("")} />
      <circle cx={x(at)} cy={MIDDLE} r={4} data-trouble={troubled || undefined} data-open={open || undefined} />
    </svg>
  );
}

function Bows({ ties, row }: { ties: Ties; row: number }) {
  const { path, tip } = segments(ties, row, (lane) => (lane + 1) * LANE_PX, ROW_PX);
  return (
    <svg width={(ties.lanes + 0.5) * LANE_PX} height={ROW_PX} aria-hidden className={styles["bows"]}>
      <path d={path} />
      {tip && <path d={`M0 ${MIDDLE}l6 -3.5v7z`} className={styles["tip"]} />}
    </svg>
  );
}

function Beyond({ told, links }: { told: StepLink; links: Links }) {
  const word = told.direction === "to" ? "names" : "named by";
  const name = told.agent || short(told.other_trace);
  return told.other_run ? (
    <Link to={links.run(told.other_run, told.other_step)} tabIndex={-1} onClick={(event) => event.stopPropagation()} className={styles["beyond"]} title={`A step of another run: ${told.title || told.other_run}`}>
      {word} {name}
    </Link>
  ) : (
    <span className={styles["beyond"]} title={`Nothing of trace ${told.other_trace} has arrived`}>
      {word} {name}
    </span>
  );
}

/** The links of the run by row; a frame has none of its own and stands within the row above it. */
function useTies(run: Run, { outline, plan }: Laid, rails: Laying): Ties {
  const { data } = useQuery(linksQuery(run.id));
  return useMemo(() => {
    if (!data?.links.length) return NO_TIES;
    const rows = new Map(Array.from(rails.steps, (step, row) => [step, row]));
    const places = new Map(outline.ids.map((id, step) => [id, step]));
    const own = new Set([run.trace, ...run.parts.map((part) => part.trace)]);
    return tie(data.links, own, (id) => {
      for (let step = places.get(id) ?? -1; step >= 0; step = plan.tree.parents[step] ?? -1) if (rows.has(step)) return rows.get(step)!;
      return -1;
    });
  }, [data, run.trace, run.parts, outline, plan, rails]);
}
