/** Every address of the console. */
import type { RunState, Verdict } from "~/api/types";

type RunsView = { state?: RunState; verdict?: Verdict; agent?: string; session?: string };
type GatewayPart = "" | "calls" | "keys" | "providers" | "routes" | "playground";
type GatewayView = { q?: string; key?: string; provider?: string; route?: string };
type PoliciesView = { file?: string; rule?: string };

const query = (values: Record<string, string | undefined>) => {
  const pairs = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
};

export const paths = {
  fleet: () => "/",
  runs: (view: RunsView = {}) => `/runs${query(view)}`,
  run: (run: string, step?: string) => `/runs/${run}${query({ step })}`,
  sessions: (session?: string) => `/sessions${query({ session })}`,
  compare: (run: string, other: string) => `/runs/${run}/compare/${other}`,
  approvals: () => "/approvals",
  approval: (approval: string) => `/approvals/${approval}`,
  ledger: (at?: number | null) => `/ledger${query({ at: at === undefined || at === null ? undefined : String(at) })}`,
  policies: (view: PoliciesView = {}) => `/policies${query(view)}`,
  budgets: (budget?: string) => `/budgets${query({ budget })}`,
  tools: (tool?: string) => `/tools${query({ tool })}`,
  gateway: (part: GatewayPart = "", view: GatewayView = {}) => `/gateway${part && `/${part}`}${query(view)}`,
  spend: () => "/spend",
  reliability: () => "/reliability",
  coverage: () => "/coverage",
  connect: () => "/connect",
};
