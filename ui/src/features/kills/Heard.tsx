/** How fast processes took a stop in, as they measured it. */
import type { Kill } from "~/api/types";
import { plural } from "~/lib/counts";
import { duration } from "~/lib/time";

export function Heard({ seen }: { seen: Kill["seen"] }) {
  if (seen.length === 0) return <>No process has confirmed it yet.</>;
  const slowest = Math.max(...seen.map((each) => each.latency_ms));
  return (
    <span title={seen.map((each) => `${each.process}: ${duration(each.latency_ms)}`).join("\n")}>
      heard by {plural(seen.length, "process", "processes")} within {duration(slowest)}
    </span>
  );
}
