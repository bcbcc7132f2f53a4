/** Two panes with a divider that remembers where it was put. */
import { useRef, type ReactNode } from "react";
import { useRemembered } from "~/lib/remembered";
import styles from "./SplitPane.module.css";

type Props = { name: string; left: ReactNode; right: ReactNode; initial: number; min: number; minRight: number };

const STEP_PX = 24;

export function SplitPane({ name, left, right, initial, min, minRight }: Props) {
  const [stored, setStored] = useRemembered(`split.${name}`, String(initial));
  const frame = useRef<HTMLDivElement>(null);
  const width = Math.max(min, Number(stored) || initial);
  const resize = (px: number) => {
    const room = (frame.current?.clientWidth ?? Infinity) - minRight;
    setStored(String(Math.round(Math.max(min, Math.min(px, room)))));
  };
  const drag = (event: React.PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    resize(event.clientX - (frame.current?.getBoundingClientRect().left ?? 0));
  };
  const nudge = (event: React.KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? -STEP_PX : event.key === "ArrowRight" ? STEP_PX : 0;
    if (by) resize(width + by);
  };
  return (
    <div ref={frame} className={styles["frame"]} style={{ gridTemplateColumns: `minmax(${min}px, ${width}px) 1px minmax(${minRight}px, 1fr)` }}>
      <div className={styles["pane"]}>{left}</div>
      {/* A focusable separator is the ARIA pattern for a window splitter. */}
      <div
        role="separator"
        tabIndex={0}
        aria-label="Resize panes"
        aria-orientation="vertical"
        aria-valuenow={width}
        aria-valuemin={min}
        className={styles["divider"]}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onDoubleClick={() => resize(initial)}
        onKeyDown={nudge}
      />
      <div className={styles["pane"]}>{right}</div>
    </div>
  );
}
