/** A run as it ran: one row a step, a rail for everything that holds steps. */
import { FLAG, glance, TROUBLE } from "~/lib/outline";
import { KINDS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Icon } from "~/ui/Icon";
import type { Rails as Laying } from "./layout/rails";
import { NO_RAIL } from "./layout/rails";
import { useAsked, type Laid } from "./outlined";
import { phaseOf, useMoment, type Player } from "./playback";
import styles from "./Rails.module.css";
import { Mark } from "./TreeRow";
import { useWalked } from "./walked";

type Props = { laid: Laid; selected: number; hits: ReadonlySet<number>; player: Player; onSelect: (step: number) => void };

const ASK = { type: "rails" } as const;
const ROW_PX = 28;
const RAIL_PX = 14;
const MIDDLE = ROW_PX / 2;

export function Rails(props: Props) {
  const asked = useAsked(props.laid, ASK);
  return asked && <Rows {...props} laid={asked.laid} rails={asked.answer} />;
}

function Rows({ laid, rails, selected, hits, player, onSelect }: Props & { rails: Laying }) {
  const { scroller, at, items, height } = useWalked(rails.steps, ROW_PX, selected, onSelect);
  const { atUs } = useMoment(player);
  const { outline, plan } = laid;
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
              <Icon name={KINDS[step.kind].icon} label={KINDS[step.kind].label} className={styles["kind"]} />
              <span className={`${styles["name"]} ${hits.has(step.index) ? styles["hit"] : ""}`}>{step.label}</span>
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
