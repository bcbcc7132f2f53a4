/** What a run kept and what it recalled, in order. */
import { useMemo } from "react";
import { KINDS as KIND_NAMES } from "~/lib/outline";
import { duration } from "~/lib/time";
import { Empty } from "~/ui/Notice";
import type { Laid } from "./outlined";
import { StepTable, type StepColumn } from "./StepTable";
import { Mark } from "./TreeRow";

type Props = { laid: Laid; selected: number; onSelect: (step: number) => void };

const MEMORY = KIND_NAMES.indexOf("memory");

const COLUMNS: readonly StepColumn[] = [
  { label: "Memory", width: "minmax(120px, 1fr)", cell: (step) => step.label },
  { label: "Effect", width: "70px", cell: (_, whole) => whole?.effect },
  { label: "", width: "84px", cell: (step) => <Mark step={step} /> },
  { label: "Labels of the session", width: "minmax(90px, 1fr)", cell: (_, whole) => whole?.labels.join(", ") },
  { label: "Agent", width: "minmax(70px, 0.6fr)", cell: (step) => step.agent },
  { label: "After", width: "64px", end: true, cell: (step) => duration(step.startUs / 1000) },
];

export function MemoryView({ laid, selected, onSelect }: Props) {
  const steps = useMemo(() => laid.plan.tree.order.filter((step) => laid.outline.columns.kinds[step] === MEMORY), [laid]);
  if (steps.length === 0) {
    return (
      <Empty icon="memory" title="Nothing was kept or recalled">
        Steps of kind memory appear here: what an agent writes to a store it reads again, in this run or a later one.
      </Empty>
    );
  }
  return <StepTable label="Memory" laid={laid} steps={steps} columns={COLUMNS} selected={selected} onSelect={onSelect} />;
}
