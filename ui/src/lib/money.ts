/** Money: an unknown price is said to be unknown, never shown as zero. */

const WHOLE = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** Dollars with as many digits as the size of the sum deserves: `$0.000312`, `$0.0412`, `$4.70`, `$47,000.00`. */
export function usd(amount: number | null): string {
  if (amount === null) return "–";
  if (amount === 0) return "$0.00";
  const size = Math.abs(amount);
  if (size < 0.000001) return "<$0.000001";
  if (size < 0.001) return `$${amount.toFixed(6)}`;
  if (size < 1) return `$${amount.toFixed(4)}`;
  return WHOLE.format(amount);
}

/** What a run cost; nothing at all where nothing in it has a price. */
export function costOf(run: { cost_usd: number | null; model_calls: number }): string {
  return run.cost_usd || run.model_calls ? usd(run.cost_usd) : "–";
}

/** A rate per hour: `$3.20/h`. */
export function perHour(amount: number): string {
  return `${WHOLE.format(amount)}/h`;
}
