/** The gateway in five figures. */
import type { GatewayCall, GatewayStatus } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { usd } from "~/lib/money";
import { percent } from "~/lib/shares";
import { duration } from "~/lib/time";
import { Figures } from "~/ui/Figures";
import type { Known } from "./providerColumns";
import { quantile, splitOf } from "./split";

type Props = { status: GatewayStatus; providers: readonly Known[]; calls: readonly GatewayCall[] };

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export function GatewayFigures({ status, providers, calls }: Props) {
  const { workers, cache } = status;
  const { ttftMs, upstreamMs } = splitOf("", calls);
  const own = quantile(workers.map((worker) => worker.own_us).filter((value) => value !== null), 0.5);
  const asked = cache.hits + cache.misses;
  const away = Object.entries(status.turned_away);
  const down = providers.filter(({ provider, health }) => provider.problem || (health && health.state !== "closed"));
  return (
    <Figures
      label="Gateway"
      figures={[
        { label: "Requests", value: `${sum(workers.map((worker) => worker.rate)).toFixed(1)}/s`, note: `${plural(sum(workers.map((worker) => worker.streams)), "live stream")} · ${count(sum(workers.map((worker) => worker.requests)))} in all${away.length === 0 ? "" : ` · ${count(sum(away.map(([, times]) => times)))} turned away`}`, title: away.map(([code, times]) => `${count(times)} ${code}`).join(", ") },
        { label: "Time of our own", value: duration(own === null ? null : own / 1000), note: "median of a call", title: "From the whole request to its sending, and from the end of the answer to its record" },
        { label: "First byte", value: duration(ttftMs), beside: upstreamMs === null ? "" : `all ${duration(upstreamMs)}`, note: "median of the latest calls" },
        { label: "Avoided by caches", value: usd(cache.avoided_usd), note: asked === 0 ? "no cache was asked" : `${count(cache.hits)} hits, ${percent(cache.hits / asked)} of ${count(asked)}` },
        { label: "Healthy providers", value: providers.length - down.length, beside: `of ${providers.length}`, note: down.length === 0 ? (providers.length === 0 ? "none is named yet" : "none is down") : `${down.map(({ provider }) => provider.name).join(", ")} not healthy` },
      ]}
    />
  );
}
