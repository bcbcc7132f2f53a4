/** Where the time of the latest calls went, model by model. */
import type { GatewayCall } from "~/api/types";
import { count } from "~/lib/counts";
import { percent } from "~/lib/shares";
import { duration } from "~/lib/time";
import table from "~/ui/Table.module.css";
import styles from "./Overview.module.css";
import { splitByModel, type Split } from "./split";

export function SplitTable({ calls }: { calls: readonly GatewayCall[] }) {
  const splits = splitByModel(calls);
  if (splits.length === 0) return <p className={styles["none"]}>No call has reached a provider lately.</p>;
  const longest = Math.max(...splits.map((split) => (split.upstreamMs ?? 0) + (split.ownUs ?? 0) / 1000), 1);
  return (
    <>
      <p className={styles["key"]}>
        <span>
          <i className={styles["own"]} aria-hidden />
          our own
        </span>
        <span>
          <i className={styles["first"]} aria-hidden />
          until the first byte
        </span>
        <span>
          <i className={styles["rest"]} aria-hidden />
          the rest of the answer
        </span>
      </p>
      <table className={`${table["table"]} ${styles["splits"]}`} aria-label="Time by model">
        <thead>
          <tr>
            <th scope="col" className={styles["model"]}>
              Model
            </th>
            {["Calls", "Own", "First byte", "Whole", "p95"].map((name) => (
              <th key={name} scope="col" className={table["end"]}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {splits.map((split) => (
            <Row key={split.name} split={split} longest={longest} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Row({ split, longest }: { split: Split; longest: number }) {
  const { ownUs, ttftMs, upstreamMs, upstreamHighMs } = split;
  const whole = upstreamMs ?? 0;
  const first = Math.min(ttftMs ?? whole, whole);
  const ours = ownUs === null || whole === 0 ? undefined : `${percent(ownUs / 1000 / (whole + ownUs / 1000))} of the call`;
  return (
    <tr>
      <td>
        <span title={split.name}>{split.name}</span>
        <span className={styles["split"]} aria-hidden>
          <i className={styles["own"]} style={{ width: `${((ownUs ?? 0) / 1000 / longest) * 100}%` }} />
          <i className={styles["first"]} style={{ width: `${(first / longest) * 100}%` }} />
          <i className={styles["rest"]} style={{ width: `${((whole - first) / longest) * 100}%` }} />
        </span>
      </td>
      <td className={table["end"]}>{count(split.calls)}</td>
      <td className={table["end"]} title={ours}>
        {duration(ownUs === null ? null : ownUs / 1000)}
      </td>
      <td className={table["end"]}>{duration(ttftMs)}</td>
      <td className={table["end"]}>{duration(upstreamMs)}</td>
      <td className={`${table["end"]} ${table["quiet"]}`}>{duration(upstreamHighMs)}</td>
    </tr>
  );
}
