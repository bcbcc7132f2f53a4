/** Costs over time, stacked by name. */
import type { CostSeries } from "~/api/types";
import { usd } from "~/lib/money";
import { axisName, fullName, type Days } from "~/lib/periods";
import { BarChart } from "~/ui/chart/BarChart";

type Props = { series: CostSeries; days: Days; chosen: string | undefined; onChoose: (key: string) => void };

export function SpendChart({ series, days, chosen, onChoose }: Props) {
  const bars = series.items.map((point) => ({ name: axisName(point.at, days), full: fullName(point.at, days), values: point.values, total: point.total_usd }));
  const whole = series.items.reduce((sum, point) => sum + (point.total_usd ?? 0), 0);
  return <BarChart label="Costs over time" keys={series.keys} bars={bars} tell={usd} tick={tick} chosen={chosen} onChoose={onChoose} idle={`${usd(whole)} in all · by the ${series.every}, ${series.time_zone}`} />;
}

/** An axis needs few digits: `$0.05`, `$1.50`, `$20`, `$1.2k`. */
function tick(value: number): string {
  if (value >= 1000) return `$${Number((value / 1000).toFixed(1))}k`;
  if (value >= 10 || value === 0) return `$${Math.round(value)}`;
  return `$${Number(value.toPrecision(3))}`;
}
