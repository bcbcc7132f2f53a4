/** A run played back: any run in ten seconds at most, a moment that everything on the page agrees on. */
import { useEffect, useState, useSyncExternalStore } from "react";

export type Moment = { /** Microseconds since the run began; null at rest. */ atUs: number | null; playing: boolean; speed: number };

export const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;

const WHOLE_MS = 10_000;
const FRAME_MS = 33;

export class Player {
  private moment: Moment = { atUs: null, playing: false, speed: 1 };
  private readonly listeners = new Set<() => void>();
  private frame = 0;
  private before = 0;
  private totalUs = 1;

  read = (): Moment => this.moment;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** How long the run is that is played. */
  stretch(totalUs: number): void {
    this.totalUs = Math.max(totalUs, 1);
  }

  toggle(): void {
    if (this.moment.playing) return this.set({ playing: false });
    const { atUs } = this.moment;
    this.set({ playing: true, atUs: atUs === null || atUs >= this.totalUs ? 0 : atUs });
    this.before = performance.now();
    this.frame = requestAnimationFrame(this.advance);
  }

  seek(atUs: number): void {
    this.set({ atUs: Math.max(0, Math.min(atUs, this.totalUs)) });
  }

  faster(by: 1 | -1): void {
    const at = SPEEDS.indexOf(this.moment.speed as (typeof SPEEDS)[number]);
    this.set({ speed: SPEEDS[Math.max(0, Math.min(at + by, SPEEDS.length - 1))] ?? 1 });
  }

  rest(): void {
    this.set({ atUs: null, playing: false });
  }

  private set(part: Partial<Moment>): void {
    this.moment = { ...this.moment, ...part };
    if (!this.moment.playing) cancelAnimationFrame(this.frame);
    for (const listener of this.listeners) listener();
  }

  private readonly advance = (now: number): void => {
    if (!this.moment.playing) return;
    if (now - this.before >= FRAME_MS) {
      const share = ((now - this.before) / this.lasts()) * this.moment.speed;
      this.before = now;
      const atUs = Math.min((this.moment.atUs ?? 0) + share * this.totalUs, this.totalUs);
      this.set({ atUs, playing: atUs < this.totalUs });
    }
    if (this.moment.playing) this.frame = requestAnimationFrame(this.advance);
  };

  /** A short run plays as long as it took, a long one ten seconds. */
  private lasts(): number {
    return Math.max(500, Math.min(WHOLE_MS, this.totalUs / 1000));
  }
}

export function usePlayer(totalUs: number): Player {
  const [player] = useState(() => new Player());
  useEffect(() => {
    player.stretch(totalUs);
  }, [player, totalUs]);
  useEffect(() => () => player.rest(), [player]);
  return player;
}

export const useMoment = (player: Player): Moment => useSyncExternalStore(player.subscribe, player.read);

export type Phase = "past" | "now" | "ahead" | null;

/** Where a step stands at a moment. */
export function phaseOf(atUs: number | null, startUs: number, endUs: number): Phase {
  if (atUs === null) return null;
  if (atUs < startUs) return "ahead";
  return atUs <= endUs ? "now" : "past";
}
