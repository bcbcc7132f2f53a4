/** How a provider does: all of its models that were asked, taken together. */
import type { GatewayUpstream } from "~/api/types";

const WORST: readonly GatewayUpstream["state"][] = ["open", "half-open", "closed"];

/** The worst state of a provider's models, their calls added up, the slowest medians; nothing when none was asked. */
export function healthOf(provider: string, asked: readonly GatewayUpstream[]): GatewayUpstream | undefined {
  const own = asked.filter((one) => one.name.startsWith(`${provider}/`));
  const state = WORST.find((worst) => own.some((one) => one.state === worst));
  if (!state) return undefined;
  return {
    name: provider,
    state,
    requests: sum(own.map((one) => one.requests)),
    errors: sum(own.map((one) => one.errors)),
    p50_ms: slowest(own.map((one) => one.p50_ms)),
    ttft_ms: slowest(own.map((one) => one.ttft_ms)),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const slowest = (values: readonly (number | null)[]) => values.reduce((most, value) => (value === null || (most !== null && most > value) ? most : value), null);
