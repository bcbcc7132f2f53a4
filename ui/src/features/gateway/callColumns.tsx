/** The columns of the list of calls. */
import type { GatewayCall } from "~/api/types";
import { tokens } from "~/lib/counts";
import { usd } from "~/lib/money";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import { Ago, Elapsed } from "~/ui/Time";
import styles from "./columns.module.css";
import { isLive } from "./LatestCalls";
import { callLook, verdictLook } from "./looks";
import { modelOf } from "./split";

/** Those that give way when there is little room. */
const WIDE = new Set(["key", "own", "tokens"]);

export function callColumns(nameOf: (key: string) => string, narrow: boolean): Column<GatewayCall>[] {
  const all: Column<GatewayCall>[] = [
    { id: "state", label: "State", width: "92px", cell: (call) => <Badge {...callLook(call)} quiet /> },
    { id: "model", label: "Model", width: "minmax(190px, 2.8fr)", cell: (call) => <Model call={call} /> },
    { id: "agent", label: "Agent", width: "minmax(80px, 1fr)", cell: (call) => call.agent },
    { id: "key", label: "Key", width: "minmax(80px, 1fr)", cell: (call) => <span className={styles["quiet"]}>{nameOf(call.key) || "–"}</span> },
    { id: "verdict", label: "Verdict", width: "86px", cell: (call) => <Verdict call={call} /> },
    { id: "cache", label: "Cache", width: "70px", cell: (call) => <span className={styles["quiet"]}>{call.cache}</span> },
    { id: "tokens", label: "Tokens", width: "98px", end: true, cell: (call) => <span className={styles["quiet"]}>{tokens(call.tokens_in, call.tokens_out)}</span> },
    { id: "own", label: "Own", width: "58px", end: true, cell: (call) => duration(call.own_us === null ? null : call.own_us / 1000) },
    { id: "ttft", label: "First byte", width: "70px", end: true, cell: (call) => duration(call.ttft_ms) },
    { id: "upstream", label: "Upstream", width: "68px", end: true, cell: (call) => (isLive(call) ? <Elapsed since={call.began_at} /> : duration(call.upstream_ms)) },
    { id: "cost", label: "Cost", width: "74px", end: true, cell: (call) => usd(call.cost_usd) },
    { id: "began", label: "Began", width: "66px", end: true, cell: (call) => <Ago at={call.began_at} /> },
  ];
  return all.filter((column) => !(narrow && WIDE.has(column.id)));
}

/** The usual one is said without colour: what stands out is worth a look. */
function Verdict({ call }: { call: GatewayCall }) {
  if (!call.verdict) return null;
  return call.verdict === "allow" ? <span className={styles["quiet"]}>allow</span> : <Badge {...verdictLook(call.verdict)} quiet />;
}

function Model({ call }: { call: GatewayCall }) {
  return (
    <span className={styles["name"]} title={modelOf(call)}>
      {modelOf(call) || "–"}
      {call.route && <small>by {call.route}</small>}
    </span>
  );
}

const SHOWS = {
  all: () => true,
  live: isLive,
  refused: (call: GatewayCall) => ["refused", "halted", "asked"].includes(call.state),
  failed: (call: GatewayCall) => call.state === "failed",
  cached: (call: GatewayCall) => call.cache !== "",
} as const;

export type Show = keyof typeof SHOWS;
export const SHOW_NAMES: Record<Show, string> = { all: "All", live: "Live", refused: "Refused", failed: "Failed", cached: "Cached" };

/** The calls of a kind in which every typed word stands somewhere. */
export function narrowed(calls: readonly GatewayCall[], show: Show, q: string, nameOf: (key: string) => string): GatewayCall[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return calls.filter((call) => {
    const text = `${modelOf(call)} ${call.route} ${call.agent} ${nameOf(call.key)} ${call.verdict} ${call.state} ${call.run}`.toLowerCase();
    return SHOWS[show](call) && words.every((word) => text.includes(word));
  });
}
