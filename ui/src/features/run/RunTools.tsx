/** What can be done with the steps of a run: find words, go to the next trouble, show heat, play it back. */
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { count } from "~/lib/counts";
import { useKeys } from "~/lib/keys";
import { duration } from "~/lib/time";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { SPEEDS, useMoment, type Player } from "./playback";
import styles from "./RunTools.module.css";
import { HEATS, type Heat } from "./view";

type FindProps = { text: string; found: number; at: number; onText: (text: string) => void; onNext: (forward: boolean) => void };

const SETTLE_MS = 150;

/** Enter goes to the next, with Shift to the one before. */
export function Find({ text, found, at, onText, onNext }: FindProps) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  const [seen, setSeen] = useState(text);
  if (seen !== text) {
    setSeen(text);
    setTyped(text);
  }
  const latest = useRef(onText);
  useEffect(() => {
    latest.current = onText;
  });
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => latest.current(typed), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  useKeys({ "/": () => input.current?.select(), n: (event) => text !== "" && onNext(!event.shiftKey) });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      if (typed === text) onNext(!event.shiftKey);
      else onText(typed);
    } else if (event.key === "Escape") {
      if (typed) onText("");
      setTyped("");
      input.current?.blur();
    } else return;
    event.preventDefault();
  };
  return (
    <div className={styles["find"]}>
      <Icon name="search" />
      <input ref={input} type="search" aria-label="Find steps" placeholder="Find steps" value={typed} onChange={(event) => setTyped(event.target.value)} onKeyDown={onKeyDown} spellCheck={false} />
      {text ? (
        <output className={styles["found"]} aria-live="polite">
          {found === 0 ? "none" : `${at > 0 ? `${count(at)} of ` : ""}${count(found)}`}
        </output>
      ) : (
        <kbd aria-hidden>/</kbd>
      )}
    </div>
  );
}

export function Troubles({ total, at, onNext }: { total: number; at: number; onNext: (forward: boolean) => void }) {
  useKeys({ e: (event) => total > 0 && onNext(!event.shiftKey) });
  const none = total === 0 ? "Nothing failed or was refused" : undefined;
  return (
    <div className={styles["group"]} role="group" aria-label="Errors and refusals">
      <span className={total ? styles["trouble"] : styles["none"]} title="Steps that failed or were refused">
        <Icon name="warning" size={13} />
        {at > 0 ? `${count(at)}/` : ""}
        {count(total)}
      </span>
      <Button look="quiet" icon="previous" aria-label="Previous error or refusal" title={none ?? "Previous error or refusal (Shift E)"} disabledReason={none} onClick={() => onNext(false)} />
      <Button look="quiet" icon="next" aria-label="Next error or refusal" title={none ?? "Next error or refusal (E)"} disabledReason={none} onClick={() => onNext(true)} />
    </div>
  );
}

const HEAT_NAMES: Record<Heat, string> = { off: "no heat", time: "time", cost: "cost" };

export function HeatChoice({ heat, onHeat }: { heat: Heat; onHeat: (heat: Heat) => void }) {
  useKeys({ h: () => onHeat(HEATS[(HEATS.indexOf(heat) + 1) % HEATS.length] ?? "off") });
  return (
    <label className={styles["heat"]} title="Mark steps that took much of their parent's time or money (H)">
      Heat
      <select value={heat} onChange={(event) => onHeat(event.target.value as Heat)}>
        {HEATS.map((each) => (
          <option key={each} value={each}>
            {HEAT_NAMES[each]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Space plays and pauses; the keys < and > change the speed, Shift with ← → moves by a hundredth. */
export function Playback({ player, totalUs, over }: { player: Player; totalUs: number; over: boolean }) {
  const { atUs, playing, speed } = useMoment(player);
  const step = (by: number) => player.seek((player.read().atUs ?? 0) + by * totalUs);
  const shifted = (by: number) => (event: globalThis.KeyboardEvent) => event.shiftKey && step(by);
  useKeys({ " ": () => over && player.toggle(), "<": () => player.faster(-1), ">": () => player.faster(1), ",": () => player.faster(-1), ".": () => player.faster(1) });
  useKeys({ Escape: () => player.rest() }, atUs !== null);
  return (
    <div className={styles["group"]} role="group" aria-label="Playback">
      <Button look="quiet" icon={playing ? "pause" : "play"} aria-label={playing ? "Pause" : "Play"} title={over ? "Play it back (Space)" : undefined} disabledReason={over ? undefined : "It still runs; it can be played back once it has ended"} onClick={() => player.toggle()} />
      {atUs !== null && (
        <>
          <input
            type="range"
            aria-label="Moment"
            aria-valuetext={duration(atUs / 1000)}
            min={0}
            max={1000}
            value={Math.round((atUs / Math.max(totalUs, 1)) * 1000)}
            onChange={(event) => player.seek((Number(event.target.value) / 1000) * totalUs)}
            onKeyDown={(event) => shifted(event.key === "ArrowLeft" ? -0.01 : event.key === "ArrowRight" ? 0.01 : 0)(event.nativeEvent)}
          />
          <span className={styles["moment"]}>{duration(atUs / 1000)}</span>
          <button type="button" className={styles["speed"]} title="Speed (< and >)" onClick={() => player.faster(speed === SPEEDS.at(-1) ? -1 : 1)}>
            {speed}×
          </button>
          <Button look="quiet" icon="close" aria-label="End playback" title="End playback (Esc)" onClick={() => player.rest()} />
        </>
      )}
    </div>
  );
}
