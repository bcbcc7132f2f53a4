/** What the draft newly allows, refuses or asks, each proved by a request that shows it. */
import { useDiff } from "~/api/policies";
import type { Compared, SourceAsk } from "~/api/types";
import { plural } from "~/lib/counts";
import { VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { JsonView } from "~/ui/JsonView";
import styles from "./Bench.module.css";
import { Ran } from "./Ran";
import { Turn } from "./Turn";

export function Diffing({ sources, edited }: { sources: SourceAsk[]; edited: boolean }) {
  const diff = useDiff();
  return (
    <Ran
      run={diff}
      stale={diff.variables !== sources}
      start={
        <Button disabledReason={edited ? undefined : "Edit the file first; it says what is in force"} onClick={() => diff.mutate(sources)}>
          Compare with what is in force
        </Button>
      }
      idle="Says what the edit newly allows or refuses, with a request as the proof."
    >
      {(compared) => <Changes compared={compared} />}
    </Ran>
  );
}

const DIRECTIONS = { allows: VERDICTS.allow, refuses: VERDICTS.deny, asks: VERDICTS.ask, changes: VERDICTS.transform };

function Changes({ compared }: { compared: Compared }) {
  return (
    <>
      <p className={styles["lead"]}>
        {compared.same ? <Badge tone="allow" icon="allow" label="nothing changes" /> : <b>{plural(compared.changes.length, "change")}</b>}
        <span className={styles["quiet"]}>
          {compared.same && "proved for every request, "}
          {plural(compared.compared, "tool")} compared in {duration(compared.took_ms)}
        </span>
      </p>
      <ul className={styles["changes"]} aria-label="Changes">
        {compared.changes.map((change) => (
          <li key={`${change.tool} ${change.direction} ${change.before} ${change.after}`}>
            <p className={styles["lead"]}>
              <Badge {...DIRECTIONS[change.direction]} label={`newly ${change.direction}`} />
              <code>{change.tool}</code>
              <Turn before={change.before} after={change.after} />
            </p>
            <p className={styles["quiet"]}>
              For example {change.example.agent}, with {change.example.exact ? "these arguments" : "this context; its arguments were not judged"}
              {change.rules.length > 0 && (
                <>
                  . It is the work of <code>{change.rules.join(", ")}</code>
                </>
              )}
            </p>
            <JsonView value={Object.keys(change.example.arguments).length ? change.example.arguments : change.example.context} label={`counterexample of ${change.tool}`} />
          </li>
        ))}
      </ul>
      <ul className={styles["changes"]} aria-label="Settings">
        {compared.settings.map((setting) => (
          <li key={`${setting.section} ${setting.name}`}>
            <p className={styles["lead"]}>
              <Badge {...DIRECTIONS[setting.direction]} label={`newly ${setting.direction}`} />
              {setting.section} <code>{setting.name}</code>
              <Turn before={setting.before || "unset"} after={setting.after || "unset"} />
            </p>
          </li>
        ))}
      </ul>
      {compared.undecided.map((one) => (
        <p key={`${one.tool} ${one.direction}`} className={styles["quiet"]}>
          Not decided for <code>{one.tool}</code>: {one.why}
        </p>
      ))}
    </>
  );
}
