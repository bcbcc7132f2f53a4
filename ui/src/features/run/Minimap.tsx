/** The whole run from afar; drag over a part to look closer, double-click to see all of it again. */
import { useEffect, useMemo, useRef, useState } from "react";
import { duration } from "~/lib/time";
import { INK, type Raster } from "./layout/packing";
import { useAsked, type Laid } from "./outlined";
import styles from "./Minimap.module.css";
import { useMoment, type Player } from "./playback";
import type { Zoom } from "./view";

type Props = { laid: Laid; /** Index of the step at which the run turned; -1 for none. */ turn: number; zoom: Zoom | null; player: Player; onZoom: (zoom: Zoom | null) => void };

const BINS = 700;
const LANES = 12;
const LANE_PX = 4;
const STRIP_PX = 6;
const LEAST = 0.002;
const NUDGE = 0.02;

export function Minimap({ laid, turn, zoom, player, onZoom }: Props) {
  const asked = useAsked(
    laid,
    useMemo(() => ({ type: "raster" as const, bins: BINS, lanes: LANES }), []),
  );
  const { totalUs } = laid.plan;
  const [drawn, setDrawn] = useState<{ from: number; to: number } | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const { atUs } = useMoment(player);
  const shareAt = (event: React.PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    return box ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0;
  };
  const finish = () => {
    if (!drawn) return;
    const [from, to] = [Math.min(drawn.from, drawn.to), Math.max(drawn.from, drawn.to)];
    if (to - from >= LEAST) onZoom({ from: from * totalUs, to: to * totalUs });
    else player.seek(to * totalUs);
    setDrawn(null);
  };
  const window = drawn ? { from: Math.min(drawn.from, drawn.to), to: Math.max(drawn.from, drawn.to) } : zoom && { from: zoom.from / totalUs, to: zoom.to / totalUs };
  const nudge = (edge: "from" | "to", by: number) => {
    const next = { ...(zoom ?? { from: 0, to: totalUs }) };
    next[edge] = Math.max(0, Math.min(totalUs, next[edge] + by * totalUs));
    if (next.to - next.from > LEAST * totalUs) onZoom(next);
  };
  return (
    // The handles are the keyboard's way; the pointer brushes.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={frame}
      className={styles["map"]}
      onPointerDown={(event) => {
        if (event.button !== 0 || (event.target as Element).closest("[role=slider]")) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrawn({ from: shareAt(event), to: shareAt(event) });
      }}
      onPointerMove={(event) => drawn && setDrawn({ ...drawn, to: shareAt(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrawn(null)}
      onDoubleClick={() => onZoom(null)}
    >
      {asked && <Picture raster={asked.answer} />}
      {window && (
        <>
          <i className={styles["veil"]} style={{ left: 0, width: `${window.from * 100}%` }} />
          <i className={styles["veil"]} style={{ left: `${window.to * 100}%`, right: 0 }} />
        </>
      )}
      {turn >= 0 && <i className={styles["turn"]} style={{ left: `${((laid.outline.columns.starts[turn] ?? 0) / totalUs) * 100}%` }} title="The run turned here" />}
      {atUs !== null && <i className={styles["playhead"]} style={{ left: `${(atUs / totalUs) * 100}%` }} />}
      <Handle name="Shown from" at={window?.from ?? 0} us={zoom?.from ?? 0} totalUs={totalUs} onNudge={(by) => nudge("from", by)} />
      <Handle name="Shown to" at={window?.to ?? 1} us={zoom?.to ?? totalUs} totalUs={totalUs} onNudge={(by) => nudge("to", by)} />
    </div>
  );
}

function Handle({ name, at, us, totalUs, onNudge }: { name: string; at: number; us: number; totalUs: number; onNudge: (by: number) => void }) {
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={Math.round(totalUs / 1000)}
      aria-valuenow={Math.round(us / 1000)}
      aria-valuetext={duration(us / 1000)}
      className={styles["handle"]}
      style={{ left: `${at * 100}%` }}
      onKeyDown={(event) => {
        const by = event.key === "ArrowLeft" ? -NUDGE : event.key === "ArrowRight" ? NUDGE : 0;
        if (!by) return;
        event.preventDefault();
        onNudge(by);
      }}
    />
  );
}

function Picture({ raster }: { raster: Raster }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const rows = useMemo(() => used(raster), [raster]);
  useEffect(() => {
    if (!canvas.current) return;
    const draw = () => canvas.current && paint(canvas.current, raster, rows);
    draw();
    // The theme may change under it.
    const watcher = new MutationObserver(draw);
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => watcher.disconnect();
  }, [raster, rows]);
  const height = rows * LANE_PX + STRIP_PX;
  return <canvas ref={canvas} width={raster.bins * 2} height={height * 2} style={{ height }} aria-hidden />;
}

/** Lanes that hold anything, at least three so that the map can be brushed. */
function used({ cells, bins, lanes }: Raster): number {
  for (let lane = lanes - 1; lane > 2; lane--) if (cells.subarray(lane * bins, (lane + 1) * bins).some((ink) => ink !== INK.none)) return lane + 1;
  return 3;
}

function paint(canvas: HTMLCanvasElement, { cells, bins }: Raster, rows: number) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const inks = ["", "--line-strong", "--text-3", "--deny"].map((name) => name && style.getPropertyValue(name));
  const troubled: number[] = [];
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (let lane = 0; lane < rows; lane++) {
    for (let bin = 0; bin < bins; ) {
      const ink = cells[lane * bins + bin]!;
      let end = bin + 1;
      while (end < bins && cells[lane * bins + end] === ink) end++;
      if (ink === INK.trouble) troubled.push(bin);
      if (ink !== INK.none) {
        context.fillStyle = inks[ink]!;
        context.fillRect(bin * 2, lane * LANE_PX * 2, (end - bin) * 2, LANE_PX * 2 - 2);
      }
      bin = end;
    }
  }
  // A strip of its own for what went wrong: among thousands of steps a single cell would not be seen.
  context.fillStyle = inks[INK.trouble]!;
  for (const bin of troubled) context.fillRect(bin * 2 - 1, rows * LANE_PX * 2 + 2, 5, STRIP_PX * 2 - 2);
}
