/** Whether each provider answers, how fast, and how often not. */
import { Link } from "react-router";
import type { GatewayUpstream } from "~/api/types";
import { count } from "~/lib/counts";
import { UPSTREAM_STATES } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Panel } from "~/ui/Panel";
import styles from "./Overview.module.css";

type Props = { providers: readonly GatewayUpstream[]; pathOf: (provider: string) => string; addPath: string };

export function Upstreams({ providers, pathOf, addPath }: Props) {
  return (
    <Panel title="Providers" note={providers.length || undefined} flush>
      {providers.length === 0 ? (
        <p className={styles["none"]}>
          Nobody answers model calls yet. Start the server with <code>OPENAI_API_KEY</code>, <code>ANTHROPIC_API_KEY</code> or <code>GEMINI_API_KEY</code> in its environment, or{" "}
          <Link to={addPath} className={styles["link"]}>
            name a provider
          </Link>
          .
        </p>
      ) : (
        <ul className={styles["list"]} aria-label="Providers">
          {providers.map((one) => (
            <li key={one.name}>
              <p>
                <Link to={pathOf(one.name)} className={styles["link"]}>
                  {one.name}
                </Link>
              </p>
              <Badge {...UPSTREAM_STATES[one.state]} quiet />
              <p className={styles["quiet"]}>
                {count(one.requests)} calls, {count(one.errors)} failed
              </p>
              <p className={`${styles["quiet"]} ${styles["end"]}`}>{one.ttft_ms === null ? "" : `first byte ${duration(one.ttft_ms)}, all ${duration(one.p50_ms)}`}</p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
