/** Spending in four figures, each with what it is compared with or how sure it is. */
import type { Costs, Forecast } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { perHour, usd } from "~/lib/money";
import { percent } from "~/lib/shares";
import { Figures } from "~/ui/Figures";

type Props = { costs: Costs; month: Forecast | undefined };

export function SpendFigures({ costs, month }: Props) {
  const { total, total_before_usd: before, per_success: success } = costs;
  return (
    <Figures
      label="Spending"
      figures={[
        { label: "Spent", value: usd(total.cost_usd), note: `${change(total.cost_usd, before)}${total.unpriced_calls ? ` · ${plural(total.unpriced_calls, "call")} unpriced` : ""}`, title: `${usd(before)} in as long a time before` },
        {
          label: "By success, failures paid for",
          value: usd(success.cost_usd),
          note: success.succeeded + success.failed + success.unproven === 0 ? "no run ended" : `${count(success.succeeded)} of ${count(success.succeeded + success.failed)}${success.unproven ? ` · ${count(success.unproven)} unproven` : ""}`,
          title: `${usd(success.low_usd)} if everything unproven succeeded, ${usd(success.high_usd)} if it failed. Say what is true: holdfast signal NAME --run RUN --success`,
        },
        { label: "Burns now", value: month ? perHour(month.burn_usd_per_hour) : "–", note: "in the last hour" },
        {
          label: "This month",
          value: month?.expected_usd === null || !month ? "–" : usd(month.expected_usd),
          note: month ? monthNote(month) : "",
          title: month?.calibration ? `${usd(month.spent_usd)} so far. Such intervals held ${percent(month.calibration.measured)} of ${count(month.calibration.cases)} times: ${month.calibration.on}` : month?.note,
        },
      ]}
    />
  );
}

function monthNote(month: Forecast): string {
  if (month.expected_usd === null || month.high_usd === null) return `${usd(month.spent_usd)} so far · ${month.note || "too early to say"}`;
  return `${usd(month.low_usd)} to ${usd(month.high_usd)}, ${Math.round((month.calibration?.promised ?? 1) * 100)} % sure`;
}

/** How much more than before: `+12.0 % on before`. */
export function change(now: number | null, before: number): string {
  if (now === null || before <= 0) return before <= 0 && now ? "nothing before" : "";
  const share = now / before - 1;
  return `${share >= 0 ? "+" : "−"}${percent(Math.abs(share))} on before`;
}
