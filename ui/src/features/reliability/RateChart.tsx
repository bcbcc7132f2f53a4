/** One metric over time, with its interval and the objective that it has, if any. */
import type { RateSeries } from "~/api/types";
import { count } from "~/lib/counts";
import { axisName, fullName, type Days } from "~/lib/periods";
import { percent } from "~/lib/shares";
import { LineChart } from "~/ui/chart/LineChart";
import { METRICS } from "./names";

type Props = { series: RateSeries; days: Days; objective: number | undefined };

export function RateChart({ series, days, objective }: Props) {
  const metric = METRICS.find((each) => each.id === series.metric);
  const dots = series.items.map((point) => ({ name: axisName(point.at, days), full: fullName(point.at, days), value: point.value, low: point.low, high: point.high, note: `${count(point.good)} of ${count(point.total)}` }));
  return <LineChart label={`${metric?.label ?? series.metric} over time`} dots={dots} tell={percent} tick={(value) => `${Math.round(value * 100)} %`} top={1} limit={objective} idle={`${metric?.counts ?? ""} · band: 95 % interval`} />;
}
