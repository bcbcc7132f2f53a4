/** How often the content detectors are right, with intervals, beside a peer. */
import type { DetectorScore } from "~/api/types";
import { count } from "~/lib/counts";
import { interval, percent } from "~/lib/shares";
import { Panel } from "~/ui/Panel";
import table from "~/ui/Table.module.css";
import styles from "./Coverage.module.css";

const LOOKED: Readonly<Record<string, string>> = {
  "held-out": "Nobody looked at it while writing rules",
  development: "Somebody looked at it while writing rules",
  whole: "Both parts together",
};

export function ReportCard({ scores }: { scores: readonly DetectorScore[] }) {
  const peers = [...new Map(scores.flatMap(({ peer }) => (peer ? [[peer.name, peer] as const] : []))).values()];
  return (
    <Panel title="Detectors" note="95 % intervals" flush>
      <table className={`${table["table"]} ${styles["scores"]}`} aria-label="Detectors">
        <thead>
          <tr>
            <th>Detector</th>
            <th>Corpus</th>
            <th className={table["end"]}>Found</th>
            <th className={table["end"]}>False alarms</th>
          </tr>
        </thead>
        <tbody>
          {scores.map((score) => (
            <tr key={`${score.detector} ${score.corpus} ${score.part}`}>
              <td>{score.detector}</td>
              <td title={LOOKED[score.part]}>
                {score.corpus}
                <small className={styles["interval"]}>{score.part}</small>
              </td>
              <Figure share={score.recall} low={score.recall_low} high={score.recall_high} of={score.n} />
              <Figure share={score.false_alarm} low={score.false_alarm_low} high={score.false_alarm_high} of={score.negatives} />
            </tr>
          ))}
          {peers.map((peer) => (
            <tr key={peer.name} className={styles["peer"]}>
              <td>{scores.find((score) => score.peer?.name === peer.name)?.detector}</td>
              <td title={peer.source}>
                {peer.name}
                <small className={styles["interval"]}>as published</small>
              </td>
              <td className={table["end"]}>{percent(peer.recall)}</td>
              <td className={table["end"]}>{percent(peer.false_alarm)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Figure({ share, low, high, of }: { share: number | null; low: number | null; high: number | null; of: number }) {
  return (
    <td className={table["end"]} title={`of ${count(of)}`}>
      {percent(share)}
      {share !== null && <small className={styles["interval"]}>{interval(low, high)}</small>}
    </td>
  );
}
