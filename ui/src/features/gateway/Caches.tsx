/** What the caches answered, what that saved, and how often it was the wrong answer. */
import type { GatewayCache } from "~/api/types";
import { count } from "~/lib/counts";
import { usd } from "~/lib/money";
import { interval, percent } from "~/lib/shares";
import { Facts, Panel } from "~/ui/Panel";
import styles from "./Overview.module.css";
import { wilson } from "./wilson";

export function Caches({ cache }: { cache: GatewayCache }) {
  const asked = cache.hits + cache.misses;
  if (asked === 0) {
    return (
      <Panel title="Caches" flush>
        <p className={styles["none"]}>No route keeps answers. A route says so in its cache terms; a semantic cache is asked again now and then, to count what it got wrong.</p>
      </Panel>
    );
  }
  const [low, high] = wilson(cache.false_hits, cache.sampled);
  return (
    <Panel title="Caches">
      <Facts
        facts={[
          { name: "Hits", value: `${count(cache.hits)} of ${count(asked)}, ${percent(cache.hits / asked)}` },
          { name: "Avoided cost", value: usd(cache.avoided_usd) },
          { name: "Asked again", value: `${count(cache.sampled)} of the hits, to see whether they were right` },
          {
            name: "False hits",
            value:
              cache.sampled === 0 ? (
                "none was compared yet"
              ) : (
                <>
                  {count(cache.false_hits)}, {percent(cache.false_hits / cache.sampled)} <span className={styles["quiet"]}>{interval(low, high)}</span>
                </>
              ),
          },
        ]}
      />
    </Panel>
  );
}
