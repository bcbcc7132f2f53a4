/** The ways to look at a run, each a key away. */
import { count } from "~/lib/counts";
import { KINDS } from "~/lib/outline";
import { Tabs } from "~/ui/Tabs";
import type { Laid } from "./outlined";
import { VIEWS, type View } from "./view";
import styles from "./ViewTabs.module.css";

const NAMES: Record<View, string> = { tree: "Tree", timeline: "Timeline", flame: "Flame", graph: "Graph", sequence: "Sequence", conversation: "Conversation", decisions: "Decisions", memory: "Memory", cost: "Cost" };

/** Pressed again, each leads back to the tree. */
export const VIEW_KEYS: Record<string, View> = { l: "timeline", f: "flame", a: "graph", q: "sequence", c: "conversation", d: "decisions", m: "memory", $: "cost" };

export function ViewTabs({ laid, value, onChange }: { laid: Laid | null; value: View; onChange: (view: View) => void }) {
  const notes: Partial<Record<View, number>> = laid ? { tree: laid.outline.total, decisions: laid.plan.decided.length, memory: laid.plan.kinds[KINDS.indexOf("memory")]! } : {};
  return (
    <div className={styles["tabs"]}>
      <Tabs label="View" tabs={VIEWS.map((id) => ({ id, label: NAMES[id], note: notes[id] ? count(notes[id]) : undefined }))} value={value} onChange={onChange} />
    </div>
  );
}
