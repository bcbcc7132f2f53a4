/** What a session cost, as far as it is known. */
import type { SessionSummary } from "~/api/types";
import { usd } from "~/lib/money";

export function cost(session: Pick<SessionSummary, "cost_usd" | "unpriced_calls">): string {
  if (!session.unpriced_calls) return usd(session.cost_usd);
  return session.cost_usd === null ? "unknown" : `≥ ${usd(session.cost_usd)}`;
}
