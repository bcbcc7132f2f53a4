/** The columns of the list of tools. */
import type { Tool } from "~/api/types";
import { count } from "~/lib/counts";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import { Ago } from "~/ui/Time";
import styles from "./columns.module.css";

export const COLUMNS: readonly Column<Tool>[] = [
  { id: "tool", label: "Tool", width: "minmax(140px, 2fr)", cell: (tool) => <code className={styles["name"]}>{tool.tool}</code> },
  { id: "effect", label: "Effect", width: "84px", cell: (tool) => tool.effect },
  { id: "nature", label: "Nature", width: "minmax(110px, 1.2fr)", cell: (tool) => <span className={styles["quiet"]}>{natureOf(tool)}</span> },
  { id: "contract", label: "Contract", width: "104px", cell: (tool) => <DriftBadge tool={tool} /> },
  { id: "origin", label: "From", width: "88px", cell: (tool) => <span className={styles["quiet"]}>{tool.origin}</span> },
  { id: "agents", label: "Used by", width: "minmax(96px, 1.2fr)", cell: (tool) => <span className={styles["quiet"]}>{tool.agents.join(", ") || "nobody"}</span> },
  { id: "calls", label: "Calls, 7 d", width: "76px", end: true, cell: (tool) => count(tool.calls) },
  { id: "denied", label: "Denied", width: "62px", end: true, cell: (tool) => (tool.denied ? count(tool.denied) : <span className={styles["quiet"]}>0</span>) },
  { id: "seen", label: "Last seen", width: "76px", end: true, cell: (tool) => <Ago at={tool.last_seen} /> },
];

/** What must be known before it is let run. */
export function natureOf(tool: Pick<Tool, "reversible" | "egress">): string {
  return [tool.reversible ? "" : "irreversible", tool.egress ? "goes out" : ""].filter(Boolean).join(", ") || "stays inside";
}

export function DriftBadge({ tool }: { tool: Tool }) {
  if (tool.drift) return tool.drift.loosens ? <Badge tone="deny" icon="warning" label="loosened" quiet /> : <Badge tone="ask" icon="warning" label="drifted" quiet />;
  if (tool.inferred) return <Badge tone="plain" icon="shadow" label="inferred" quiet title="Nobody wrote it; it was read off the tool" />;
  return <Badge tone="plain" icon="check" label="known" quiet />;
}
