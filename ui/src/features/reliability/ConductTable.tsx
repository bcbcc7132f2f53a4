/** Every agent, or version, with intervals: few calls say little, and show it. */
import type { Conduct, Ratio } from "~/api/types";
import { count } from "~/lib/counts";
import { interval, percent } from "~/lib/shares";
import { duration } from "~/lib/time";
import { Empty } from "~/ui/Notice";
import table from "~/ui/Table.module.css";
import styles from "./Reliability.module.css";

type Props = { items: readonly Conduct[]; by: "agent" | "version"; chosen: string; onChoose: (agent: string) => void };

const HEADS = ["Runs", "Task success", "Valid calls", "Tool success", "Effects shown", "Loops", "Model p95", "Tool p95"];

export function ConductTable({ items, by, chosen, onChoose }: Props) {
  if (items.length === 0) return <Empty icon="reliability" title="No agent worked in this time" command="python -c 'import holdfast; holdfast.init()'" />;
  return (
    <table className={`${table["table"]} ${styles["table"]}`} aria-label={`Reliability by ${by}`}>
      <thead>
        <tr>
          <th scope="col">{by}</th>
          {HEADS.map((name) => (
            <th key={name} scope="col" className={table["end"]}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={`${one.agent}@${one.version}`}>
            <td>
              <button type="button" className={styles["agent"]} aria-pressed={one.agent === chosen} title={`Draw only ${one.agent}`} onClick={() => onChoose(one.agent === chosen ? "" : one.agent)}>
                {one.agent || "(unnamed)"}
                {one.version && <span className={styles["quiet"]}> {one.version}</span>}
              </button>
            </td>
            <td className={table["end"]}>
              {count(one.runs)}
              {one.unproven > 0 && <span className={styles["quiet"]}> {count(one.unproven)}?</span>}
            </td>
            {[one.task_success, one.tool_validity, one.tool_success, one.postconditions].map((ratio, i) => (
              <td key={HEADS[i + 1]} className={table["end"]} title={ratio.total ? `${interval(ratio.low, ratio.high)}, ${count(ratio.good)} of ${count(ratio.total)}` : "nothing counted"}>
                {percent(ratio.value)}
                <Interval ratio={ratio} />
              </td>
            ))}
            <td className={table["end"]}>{count(one.loops)}</td>
            <td className={table["end"]} title={`median ${duration(one.model.p50_ms)} of ${count(one.model.calls)}`}>
              {duration(one.model.p95_ms)}
            </td>
            <td className={table["end"]} title={`median ${duration(one.tool.p50_ms)} of ${count(one.tool.calls)}`}>
              {duration(one.tool.p95_ms)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Interval({ ratio }: { ratio: Ratio }) {
  if (ratio.value === null || ratio.low === null || ratio.high === null) return <span className={styles["interval"]} />;
  return (
    <span className={styles["interval"]} aria-hidden>
      <i style={{ left: `${ratio.low * 100}%`, width: `${(ratio.high - ratio.low) * 100}%` }} />
      <b style={{ left: `${ratio.value * 100}%` }} />
    </span>
  );
}
