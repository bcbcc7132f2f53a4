/** Where time or money went: wide is much, deep is nested; branches that are called alike are one block. */
import { useMemo, useState } from "react";
import { compact, count } from "~/lib/counts";
import { useKeys } from "~/lib/keys";
import { usd } from "~/lib/money";
import { KINDS as KIND_NAMES } from "~/lib/outline";
import { percent } from "~/lib/shares";
import { KINDS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Icon } from "~/ui/Icon";
import { Empty } from "~/ui/Notice";
import { Tabs } from "~/ui/Tabs";
import type { Block, By, Flame } from "./layout/flame";
import styles from "./FlameView.module.css";
import { useAsked, type Laid } from "./outlined";

type Props = { laid: Laid; by: By; selected: number; onBy: (by: By) => void; onSelect: (step: number) => void };

const ROW_PX = 24;
const THINNEST = 0.0007;
const LABELLED = 0.03;
const WIDTHS = [
  { id: "time", label: "By time" },
  { id: "cost", label: "By cost" },
] as const;

export function FlameView({ laid, by, selected, onBy, onSelect }: Props) {
  const asked = useAsked(
    laid,
    useMemo(() => ({ type: "flame" as const, by }), [by]),
  );
  return (
    <>
      <div className={styles["tools"]}>
        <Tabs look="segments" label="Width" tabs={WIDTHS} value={by} onChange={onBy} />
        <span className={styles["note"]}>Branches called alike are one block. Enter looks closer, Backspace further.</span>
      </div>
      {asked && (asked.answer.blocks.length === 0 ? <Empty icon="span" title={by === "cost" ? "Nothing had a price" : "Nothing took any time"} /> : <Blocks key={by} flame={asked.answer} laid={asked.laid} by={by} selected={selected} onSelect={onSelect} />)}
    </>
  );
}

type BlocksProps = { flame: Flame; laid: Laid; by: By; selected: number; onSelect: (step: number) => void };

function Blocks({ flame: { blocks, total, hidden }, laid, by, selected, onSelect }: BlocksProps) {
  const [root, setRoot] = useState(-1);
  const [active, setActive] = useState(() => blocks.find((block) => block.example === selected)?.id ?? -1);
  const within = blocks[root];
  const from = within?.left ?? 0;
  const width = within?.width ?? 1;
  const shown = blocks.filter((block) => block.width / width >= THINNEST && block.left < from + width - 1e-9 && block.left + block.width > from + 1e-9);
  const say = (value: number) => (by === "cost" ? usd(value / 1e6) : duration(value / 1000));
  const pick = (block: Block | undefined) => {
    if (!block) return;
    setActive(block.id);
    onSelect(block.example);
  };
  useBlockKeys(blocks, active, pick, setRoot);
  const deepest = shown.reduce((most, block) => Math.max(most, block.depth), 0);
  return (
    <div className={styles["frame"]}>
      <nav className={styles["crumbs"]} aria-label="Closer look">
        <button type="button" onClick={() => setRoot(-1)} aria-current={root < 0}>
          Whole run {say(total)}
        </button>
        {pathOf(blocks, root).map((block) => (
          <button key={block.id} type="button" onClick={() => setRoot(block.id)} aria-current={block.id === root}>
            {block.label}
          </button>
        ))}
        {hidden > 0 && <span>{count(hidden)} steps too narrow to draw</span>}
      </nav>
      <div role="tree" aria-label={`Flame by ${by}`} tabIndex={0} aria-activedescendant={active >= 0 ? `block-${active}` : undefined} className={styles["blocks"]} style={{ height: (deepest + 1) * ROW_PX }}>
        {shown.map((block) => {
          const left = Math.max(0, (block.left - from) / width);
          const right = Math.min(1, (block.left + block.width - from) / width);
          const kind = KIND_NAMES[block.kind] ?? "span";
          return (
            // The tree holds the focus and the keys; a pointer may press a block.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={block.id}
              id={`block-${block.id}`}
              role="treeitem"
              aria-level={block.depth + 1}
              aria-selected={block.id === active}
              className={styles["block"]}
              data-kind={kind}
              data-trouble={block.trouble > 0 || undefined}
              style={{ "--trouble": `${(block.trouble / block.steps) * 100}%`, left: `${left * 100}%`, width: `${(right - left) * 100}%`, top: block.depth * ROW_PX } as React.CSSProperties}
              title={`${KINDS[kind].label} ${block.label}${block.steps > 1 ? `, ${count(block.steps)} times` : ""}: ${say(block.value)}, ${percent(total > 0 ? block.value / total : null)}${block.trouble ? `, ${block.trouble} failed or refused` : ""}, by ${laid.outline.agentNames[block.agent] || "nobody named"}`}
              onClick={() => pick(block)}
              onDoubleClick={() => setRoot(block.id)}
            >
              {right - left > LABELLED && (
                <>
                  <Icon name={KINDS[kind].icon} size={12} />
                  <span>{block.label}</span>
                  {block.steps > 1 && <small>×{compact(block.steps)}</small>}
                  <small className={styles["value"]}>{say(block.value)}</small>
                </>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function pathOf(blocks: readonly Block[], id: number): Block[] {
  const path: Block[] = [];
  for (let block = blocks[id]; block; block = blocks[block.parent]) path.unshift(block);
  return path;
}

/** Up to the parent, down to the widest child, sideways to the neighbour; Enter looks closer. */
function useBlockKeys(blocks: readonly Block[], active: number, pick: (block: Block | undefined) => void, zoom: (id: number) => void) {
  const here = blocks[active];
  const beside = (by: 1 | -1) => {
    const row = here ? blocks.filter((block) => block.depth === here.depth).toSorted((a, b) => a.left - b.left) : [];
    return row[row.findIndex((block) => block.id === active) + by];
  };
  const up = () => pick(blocks[here?.parent ?? -1]);
  const down = () => pick(here ? blocks.find((block) => block.parent === here.id) : blocks[0]);
  const right = () => pick(beside(1));
  const left = () => pick(beside(-1));
  useKeys({ ArrowUp: up, k: up, ArrowDown: down, j: down, ArrowRight: right, "]": right, ArrowLeft: left, "[": left, Enter: () => zoom(active), Backspace: () => zoom(-1) });
}
