/** What a run cost: as it grew, by what it was spent on, and the dearest steps. */
import { useState } from "react";
import { compact, count, plural, tokens } from "~/lib/counts";
import { usd } from "~/lib/money";
import { glance } from "~/lib/outline";
import { percent } from "~/lib/shares";
import { duration } from "~/lib/time";
import { Section } from "~/ui/Section";
import tables from "~/ui/Table.module.css";
import { Tabs } from "~/ui/Tabs";
import styles from "./CostView.module.css";
import { GROUPS, type Group, type Spending, type Spent } from "./layout/spending";
import { useAsked, type Laid } from "./outlined";

type Props = { laid: Laid; /** More runs than one make up the trace. */ family: boolean; selected: number; onSelect: (step: number) => void };

const ASK = { type: "spending", bins: 160 } as const;
const MICRO = 1e6;
const DEAREST = 12;
const LABELS: Record<Group, string> = { model: "By model", tool: "By tool", agent: "By agent" };

export function CostView({ laid, family, selected, onSelect }: Props) {
  const [group, setGroup] = useState<Group>("model");
  const asked = useAsked(laid, ASK);
  if (!asked) return null;
  const { answer } = asked;
  return (
    // Scrolled by keyboard too, hence focusable.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["page"]} tabIndex={0} role="region" aria-label="Cost">
      <Section title={`${answer.unpriced > 0 && answer.total > 0 ? "≥ " : ""}${answer.total > 0 ? usd(answer.total / MICRO) : answer.unpriced > 0 ? "Unknown" : "Nothing spent"}`} note={answer.unpriced > 0 ? `${plural(answer.unpriced, "call")} without a price not included` : family ? "with every run of the same trace" : "as it was spent"}>
        {answer.total > 0 && <Growth spending={answer} totalUs={asked.laid.plan.totalUs} />}
      </Section>
      <Section title="Where it went" actions={<Tabs look="segments" label="Group" tabs={GROUPS.map((id) => ({ id, label: LABELS[id], note: count(answer.groups[id].length) }))} value={group} onChange={setGroup} />}>
        <Groups spent={answer.groups[group]} total={answer.total} onSelect={onSelect} />
      </Section>
      {answer.dearest.length > 0 && (
        <Section title="Dearest steps">
          <ul className={styles["dearest"]}>
            {Array.from(answer.dearest.subarray(0, DEAREST), (step) => {
              const one = glance(asked.laid.outline, step);
              return (
                <li key={step}>
                  <button type="button" aria-pressed={step === selected} onClick={() => onSelect(step)}>
                    <span>{one.label}</span>
                    <small>{one.agent}</small>
                    <small>{tokens(one.tokensIn, one.tokensOut)}</small>
                    <b>{usd(one.costUsd)}</b>
                  </button>
                </li>
              );
            })}
          </ul>
        </Section>
      )}
    </div>
  );
}

const WIDTH = 800;
const HEIGHT = 110;

/** A line that only climbs; its steepness is the burn. */
function Growth({ spending: { sums, total }, totalUs }: { spending: Spending; totalUs: number }) {
  const slot = WIDTH / sums.length;
  const y = (value: number) => HEIGHT - 2 - (value / total) * (HEIGHT - 8);
  const line = [...sums].map((value, bin) => `H${((bin + 1) * slot).toFixed(1)}V${y(value).toFixed(1)}`).join("");
  return (
    <figure className={styles["growth"]}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Cost over ${duration(totalUs / 1000)}, up to ${usd(total / MICRO)}`}>
        {[0.5, 1].map((share) => (
          <line key={share} x1={0} x2={WIDTH} y1={y(total * share)} y2={y(total * share)} />
        ))}
        <path className={styles["area"]} d={`M0 ${HEIGHT}V${y(0)}${line}V${HEIGHT}z`} />
        <path className={styles["line"]} d={`M0 ${y(0)}${line}`} />
      </svg>
      <figcaption>
        <span>0</span>
        <span>{duration(totalUs / 2000)}</span>
        <span>{duration(totalUs / 1000)}</span>
      </figcaption>
      <span className={styles["top"]}>{usd(total / MICRO)}</span>
    </figure>
  );
}

function Groups({ spent, total, onSelect }: { spent: readonly Spent[]; total: number; onSelect: (step: number) => void }) {
  if (spent.length === 0) return <p>None were called.</p>;
  return (
    <table className={`${tables["table"]} ${styles["groups"]}`}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          {["Calls", "Tokens", "Time", "Each", "Cost", "Share"].map((name) => (
            <th key={name} scope="col" className={tables["end"]}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {spent.map((one) => (
          <tr key={one.label}>
            <td>
              <button type="button" onClick={() => onSelect(one.example)} title="Show the dearest of them">
                {one.label}
              </button>
            </td>
            <td className={tables["end"]}>{count(one.calls)}</td>
            <td className={tables["end"]}>{one.tokensIn + one.tokensOut > 0 ? compact(one.tokensIn + one.tokensOut) : ""}</td>
            <td className={tables["end"]}>{duration(one.us / 1000)}</td>
            <td className={tables["end"]}>{one.calls > one.unpriced && one.cost > 0 ? usd(one.cost / MICRO / (one.calls - one.unpriced)) : ""}</td>
            <td className={tables["end"]}>{one.cost > 0 ? `${one.unpriced ? "≥ " : ""}${usd(one.cost / MICRO)}` : one.unpriced > 0 ? "unknown" : ""}</td>
            <td className={tables["end"]}>
              {one.cost > 0 && (
                <span className={styles["share"]}>
                  <i style={{ width: `${(one.cost / total) * 100}%` }} />
                  {percent(one.cost / total)}
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
