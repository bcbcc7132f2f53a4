/** How a call looks, also one in a state that this page does not know yet. */
import type { GatewayCall } from "~/api/types";
import { CALL_STATES, VERDICTS } from "~/lib/states";
import type { BadgeLook } from "~/ui/Badge";

const found = (looks: Readonly<Record<string, BadgeLook>>, name: string): BadgeLook => looks[name] ?? { tone: "plain", icon: "idle", label: name };

export const callLook = (call: Pick<GatewayCall, "state">) => found(CALL_STATES, call.state);
export const verdictLook = (verdict: string) => found(VERDICTS, verdict);
