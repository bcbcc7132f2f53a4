/** Shares of a whole, with as many digits as they deserve. */

/** `97.4 %`; what is not all never reads as all, what is not nothing never as nothing. */
export function percent(share: number | null): string {
  if (share === null) return "–";
  if (share <= 0 || share >= 1) return `${Math.round(share * 100)} %`;
  const rounded = (share * 100).toFixed(1);
  if (rounded === "100.0") return "> 99.9 %";
  return rounded === "0.0" ? "< 0.1 %" : `${rounded} %`;
}

/** An interval in one breath: `77.2–100 %`. */
export function interval(low: number | null, high: number | null): string {
  if (low === null || high === null) return "";
  return `${plain(low).replace(" %", "")}–${plain(high)}`;
}

/** A share without the sign that it is nearly none or nearly all. */
function plain(share: number): string {
  return percent(share).replace(/[<>] /, "");
}
