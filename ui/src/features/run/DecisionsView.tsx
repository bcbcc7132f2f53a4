/** Every decision of a run: what was asked, what was answered, by which rule and why. */
import { useMemo, useState } from "react";
import { count } from "~/lib/counts";
import { VERDICTS as NAMES } from "~/lib/outline";
import { KINDS, VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Icon } from "~/ui/Icon";
import { Empty } from "~/ui/Notice";
import { Tabs } from "~/ui/Tabs";
import type { Laid } from "./outlined";
import styles from "./lists.module.css";
import { StepTable, type StepColumn } from "./StepTable";

type Props = { laid: Laid; selected: number; onSelect: (step: number) => void };
type Wanted = "all" | "refused" | "asked" | "changed";

const WANTED: Record<Wanted, { label: string; verdicts: readonly string[] }> = {
  all: { label: "All", verdicts: NAMES },
  refused: { label: "Refused", verdicts: ["deny", "halt"] },
  asked: { label: "Asked", verdicts: ["ask"] },
  changed: { label: "Changed", verdicts: ["transform"] },
};

const COLUMNS: readonly StepColumn[] = [
  { label: "Verdict", width: "92px", cell: (step) => step.verdict && <Badge {...VERDICTS[step.verdict]} quiet /> },
  {
    label: "Action",
    width: "minmax(110px, 1fr)",
    cell: (step) => (
      <span className={styles["action"]}>
        <Icon name={KINDS[step.kind].icon} label={KINDS[step.kind].label} />
        <span>{step.label}</span>
      </span>
    ),
  },
  { label: "Rule", width: "minmax(90px, 1fr)", cell: (_, whole) => whole && <code>{whole.reasons[0]?.rule ?? whole.stage}</code> },
  { label: "Why", width: "minmax(60px, 1.6fr)", cell: (_, whole) => whole?.reasons[0]?.message },
  { label: "Took", width: "56px", end: true, cell: (_, whole) => (whole?.took_us ? duration(whole.took_us / 1000) : "") },
  { label: "After", width: "64px", end: true, cell: (step) => duration(step.startUs / 1000) },
];

export function DecisionsView({ laid, selected, onSelect }: Props) {
  const [wanted, setWanted] = useState<Wanted>("all");
  const { outline, plan } = laid;
  const counted = useMemo(() => countVerdicts(laid), [laid]);
  const shown = useMemo(() => {
    const codes = new Set(WANTED[wanted].verdicts.map((name) => NAMES.findIndex((each) => each === name)));
    return plan.decided.filter((step) => codes.has(outline.columns.verdicts[step]!));
  }, [outline, plan, wanted]);
  if (plan.decided.length === 0) {
    return (
      <Empty icon="policies" title="Nothing of this run was decided here">
        Only traces of it arrived; put its agent under Holdfast to decide on what it does.
      </Empty>
    );
  }
  const tabs = (Object.keys(WANTED) as Wanted[]).map((id) => ({ id, label: WANTED[id].label, note: count(counted[id]) }));
  return (
    <>
      <div className={styles["tools"]}>
        <Tabs look="segments" label="Verdicts" tabs={tabs} value={wanted} onChange={setWanted} />
      </div>
      {shown.length === 0 ? <Empty icon="allow" title="None" /> : <StepTable label="Decisions" laid={laid} steps={shown} columns={COLUMNS} selected={selected} onSelect={onSelect} />}
    </>
  );
}

function countVerdicts({ outline, plan }: Laid): Record<Wanted, number> {
  const counts: Record<Wanted, number> = { all: plan.decided.length, refused: 0, asked: 0, changed: 0 };
  for (const step of plan.decided) {
    const verdict = NAMES[outline.columns.verdicts[step]!] ?? "";
    for (const id of ["refused", "asked", "changed"] as const) if (WANTED[id].verdicts.includes(verdict)) counts[id]++;
  }
  return counts;
}
