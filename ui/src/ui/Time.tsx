/** Moments and durations that keep themselves current. */
import { absolute, ago, elapsed, remaining } from "~/lib/time";
import { useNow } from "~/lib/now";

/** How long ago, exact in the tooltip. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={absolute(at)}>
      {ago(at, now)}
    </time>
  );
}

/** A clock that runs while something is in flight. */
export function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return (
    <time dateTime={since} title={`since ${absolute(since)}`}>
      {elapsed(since, now)}
    </time>
  );
}

/** A clock that runs down. */
export function Remaining({ until }: { until: string }) {
  const now = useNow();
  return (
    <time dateTime={until} title={absolute(until)}>
      {remaining(until, now)}
    </time>
  );
}
