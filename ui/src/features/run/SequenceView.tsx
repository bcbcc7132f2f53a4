/** Who called whom, in order: a column a participant, an arrow a step. */
import { glance, TROUBLE, type Glance } from "~/lib/outline";
import { duration } from "~/lib/time";
import { Icon } from "~/ui/Icon";
import type { IconName } from "~/ui/icons";
import { Empty } from "~/ui/Notice";
import type { Lane, Sequence } from "./layout/sequence";
import { useAsked, type Laid } from "./outlined";
import { phaseOf, useMoment, type Player } from "./playback";
import styles from "./SequenceView.module.css";
import { useWalked } from "./walked";

type Props = { laid: Laid; selected: number; hits: ReadonlySet<number>; player: Player; onSelect: (step: number) => void };

const ASK = { type: "sequence" } as const;
const ROW_PX = 30;
const LANE_PX = 148;
const MOMENT_PX = 76;
const ICONS: Record<Lane["kind"], IconName> = { person: "message", agent: "start", model: "model", tool: "tool", memory: "memory" };

export function SequenceView(props: Props) {
  const asked = useAsked(props.laid, ASK);
  if (!asked) return null;
  if (asked.answer.steps.length === 0) return <Empty icon="span" title="Only frames have arrived: nobody called anybody yet" />;
  return <Arrows {...props} laid={asked.laid} sequence={asked.answer} />;
}

function Arrows({ laid, sequence, selected, hits, player, onSelect }: Props & { sequence: Sequence }) {
  const { scroller, at, items, height } = useWalked(sequence.steps, ROW_PX, selected, onSelect);
  const { atUs } = useMoment(player);
  const width = MOMENT_PX + sequence.lanes.length * LANE_PX;
  return (
    <div ref={scroller} className={styles["scroller"]}>
      <div className={styles["heads"]} style={{ width }}>
        {sequence.lanes.map((lane, index) => (
          <span key={`${lane.kind} ${lane.label}`} style={{ left: MOMENT_PX + index * LANE_PX }} title={`${lane.label}: ${lane.calls} arrows`}>
            <Icon name={ICONS[lane.kind]} size={12} label={lane.kind} />
            <b>{lane.label}</b>
          </span>
        ))}
      </div>
      <div role="listbox" aria-label="Steps in sequence" tabIndex={0} aria-activedescendant={at >= 0 ? `arrow-${at}` : undefined} className={styles["list"]} style={{ height, width }}>
        {sequence.lanes.map((lane, index) => (
          <i key={`${lane.kind} ${lane.label}`} className={styles["lane"]} style={{ left: centre(index) }} />
        ))}
        {items.map(({ index, start }) => {
          const step = glance(laid.outline, sequence.steps[index]!);
          return (
            // The list holds the focus and the keys; a pointer may press a row.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={step.id}
              id={`arrow-${index}`}
              role="option"
              aria-selected={index === at}
              aria-label={`${sequence.lanes[sequence.from[index]!]?.label} to ${sequence.lanes[sequence.to[index]!]?.label}: ${step.name}, ${step.verdict || step.state}`}
              className={styles["row"]}
              data-phase={phaseOf(atUs, step.startUs, laid.plan.sums.until[step.index]!)}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => onSelect(step.index)}
            >
              <span className={styles["moment"]}>{duration(step.startUs / 1000)}</span>
              <Arrow from={sequence.from[index]!} to={sequence.to[index]!} step={step} hit={hits.has(step.index)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const centre = (lane: number) => MOMENT_PX + lane * LANE_PX + LANE_PX / 2;

function Arrow({ from, to, step, hit }: { from: number; to: number; step: Glance; hit: boolean }) {
  const troubled = (step.flags & TROUBLE) !== 0;
  const a = centre(from);
  const b = centre(to);
  const word = `${step.label}${step.verdict && step.verdict !== "allow" ? ` · ${step.verdict}` : step.state === "failed" ? " · failed" : ""}`;
  const side = from === to;
  const left = Math.min(a, b);
  const length = side ? 26 : Math.abs(b - a);
  return (
    <>
      <svg className={styles["arrow"]} data-trouble={troubled || undefined} data-open={step.durationUs === null || undefined} style={{ left: left - 6 }} width={length + 12} height={ROW_PX} aria-hidden>
        {side ? <path d="M6 9h20v12H10" /> : <path d={b > a ? `M6 21H${length + 2}` : `M${length + 6} 21H10`} />}
        {side ? <path d="M14 17 9 21 14 25" /> : <path d={b > a ? `M${length - 3} 17 ${length + 3} 21 ${length - 3} 25` : "M15 17 9 21 15 25"} />}
      </svg>
      <span className={`${styles["word"]} ${hit ? styles["hit"] : ""}`} data-trouble={troubled || undefined} style={side ? { left: a + 28, maxWidth: LANE_PX - 32 } : { left: left + 8, maxWidth: length - 16 }}>
        {word}
      </span>
    </>
  );
}
