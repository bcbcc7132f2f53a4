/** The ground of a chart over time: lines, labels, and a cursor that follows the mouse and the arrow keys. */
import { useLayoutEffect, useRef, useState, type ReactNode } from "react";
import styles from "./Chart.module.css";
import { fifths, spaced, ticks } from "./scale";

export const LEFT = 56;
const BOTTOM = 22;
const LABEL_PX = 84;
const TOP = 6;

type Props = {
  label: string;
  names: readonly string[];
  /** The highest value drawn. */
  top: number;
  /** What the floor stands for; above zero only where lines, not lengths, are read. */
  bottom?: number;
  tick: (value: number) => string;
  at: number | null;
  onAt: (index: number | null) => void;
  onOpen?: ((index: number) => void) | undefined;
  height?: number;
  children: (place: Place) => ReactNode;
};

/** Where things stand: the x of a slot's middle, its width, and the y of a value. */
export type Place = { x: (index: number) => number; slot: number; y: (value: number) => number; floor: number };

export function Plot({ label, names, top, bottom = 0, tick, at, onAt, onOpen, height = 220, children }: Props) {
  const [frame, width] = useWidth();
  const marks = bottom > 0 ? fifths(bottom, top) : ticks(top);
  const highest = marks.at(-1) ?? 1;
  const slot = Math.max(1, width - LEFT) / Math.max(1, names.length);
  const floor = height - BOTTOM;
  const place: Place = { slot, floor, x: (i) => LEFT + slot * (i + 0.5), y: (value) => floor - ((value - bottom) / (highest - bottom)) * (floor - TOP) };
  const shown = spaced(names.length, Math.max(2, Math.floor((width - LEFT) / LABEL_PX)));
  const move = (event: React.KeyboardEvent) => {
    const last = names.length - 1;
    const from = at ?? last + 1;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      onAt(Math.min(last, Math.max(0, to)));
    } else if (event.key === "Enter" && at !== null) onOpen?.(at);
    else if (event.key === "Escape" && at !== null) {
      event.stopPropagation();
      onAt(null);
    }
  };
  const point = (event: React.MouseEvent) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    const index = Math.floor((event.clientX - left - LEFT) / slot);
    onAt(index >= 0 && index < names.length ? index : null);
  };
  return (
    // The chart is one stop of the tab key; arrows read it point by point.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions
    <div ref={frame} className={styles["plot"]} tabIndex={0} role="img" aria-label={`${label}. ← → read it point by point.`} onKeyDown={move} onMouseMove={point} onMouseLeave={() => onAt(null)} onBlur={() => onAt(null)} onClick={() => at !== null && onOpen?.(at)}>
      <svg height={height} viewBox={`0 0 ${Math.max(width, 1)} ${height}`} aria-hidden>
        {at !== null && <rect className={styles["here"]} x={place.x(at) - slot / 2} width={slot} y={0} height={floor} />}
        {marks.map((mark) => (
          <g key={mark}>
            <line className={styles["grid"]} x1={LEFT} x2={width} y1={place.y(mark)} y2={place.y(mark)} />
            <text className={styles["axis"]} x={LEFT - 8} y={place.y(mark) + 4} textAnchor="end">
              {tick(mark)}
            </text>
          </g>
        ))}
        {children(place)}
        {names.map((name, i) =>
          shown.has(i) ? (
            <text key={name} className={styles["axis"]} x={Math.min(Math.max(place.x(i), LEFT + 16), width - 26)} y={height - 4} textAnchor="middle">
              {name}
            </text>
          ) : null,
        )}
      </svg>
    </div>
  );
}

function useWidth() {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watch = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [frame, width] as const;
}
