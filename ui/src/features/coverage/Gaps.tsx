/** What was seen and is not governed, with the next step for each. */
import type { Gap } from "~/api/types";
import { count } from "~/lib/counts";
import { Empty } from "~/ui/Notice";
import { Icon } from "~/ui/Icon";
import type { IconName } from "~/ui/icons";
import { Panel } from "~/ui/Panel";
import { Ago } from "~/ui/Time";
import styles from "./Coverage.module.css";

const ICONS: Record<Gap["kind"], IconName> = { tool: "tool", agent: "fleet", model: "model", call: "span" };

export function Gaps({ gaps }: { gaps: readonly Gap[] }) {
  return (
    <Panel title="Gaps" note={gaps.length || undefined} flush>
      {gaps.length === 0 ? (
        <Empty icon="check" title="Everything that was seen is governed" />
      ) : (
        <ul className={styles["gaps"]} aria-label="Gaps">
          {gaps.map((gap) => (
            <li key={`${gap.kind} ${gap.name} ${gap.why}`}>
              <Icon name={ICONS[gap.kind]} label={gap.kind} />
              <div>
                <p>
                  <code>{gap.name}</code> <span className={styles["quiet"]}>{gap.why}</span>
                </p>
                <p>{gap.next_step}</p>
              </div>
              <p className={styles["seen"]}>
                <b>{count(gap.calls)}</b> {gap.calls === 1 ? "call" : "calls"}
                {gap.last_seen && (
                  <small>
                    <Ago at={gap.last_seen} />
                  </small>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
