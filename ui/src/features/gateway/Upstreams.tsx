/** Whether each provider answers, how fast, and how often not. */
import { Link } from "react-router";
import type { GatewayUpstream } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Panel } from "~/ui/Panel";
import styles from "./Overview.module.css";
import { healthLook, type Known } from "./providerColumns";

type Props = { providers: readonly Known[]; pathOf: (provider: string) => string; addPath: string };

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
          {providers.map((known) => (
            <li key={known.provider.name}>
              <p>
                <Link to={pathOf(known.provider.name)} className={styles["link"]}>
                  {known.provider.name}
                </Link>
              </p>
              <Badge {...healthLook(known)} quiet />
              <p className={styles["quiet"]}>{known.health ? `${plural(known.health.requests, "call")}, ${count(known.health.errors)} failed` : known.provider.base_url}</p>
              <p className={`${styles["quiet"]} ${styles["end"]}`}>{known.health && timesOf(known.health)}</p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function timesOf({ ttft_ms: first, p50_ms: whole }: GatewayUpstream): string {
  return [first === null ? "" : `first byte ${duration(first)}`, whole === null ? "" : `all ${duration(whole)}`].filter(Boolean).join(", ");
}
