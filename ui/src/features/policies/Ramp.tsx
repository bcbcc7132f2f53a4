/** How much a rule counts, and the way up and down: shadow, warn, sample, enforce. */
import { useState } from "react";
import { useLevel, useOwnLevel } from "~/api/policies";
import { asProblem } from "~/api/problem";
import type { RuleLevel } from "~/api/types";
import { LEVELS, levelWord, MEANINGS, nextLevel, type Level } from "~/lib/levels";
import { LEVEL_LOOKS } from "~/lib/states";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { Section } from "~/ui/Section";
import { Ago } from "~/ui/Time";
import styles from "./Ramp.module.css";

const SHARES = [1, 5, 10, 25, 50, 75];

export function Ramp({ level }: { level: RuleLevel }) {
  const [chosen, setChosen] = useState<{ level: Level; percent: number } | null>(null);
  const set = useLevel(level.rule);
  const own = useOwnLevel(level.rule);
  const [by, setBy] = useRemembered("name", "");
  const shown = chosen ?? level;
  const changed = shown.level !== level.level || (shown.level === "sample" && shown.percent !== level.percent);
  const next = nextLevel(level.level, level.percent);
  const busy = set.isPending || own.isPending ? "Sending" : undefined;
  const missing = by.trim() ? busy : "Say who you are; it is recorded";
  const done = { onSuccess: () => setChosen(null) };
  const problem = set.error ?? own.error;
  return (
    <Section title="How much it counts" note={<Since level={level} />}>
      <div className={styles["ramp"]} role="group" aria-label="Level">
        {LEVELS.map((each) => (
          <button key={each} type="button" aria-pressed={shown.level === each} className={each === level.level ? styles["now"] : undefined} onClick={() => setChosen({ level: each, percent: each === "sample" ? (level.level === "sample" ? level.percent : 10) : 100 })}>
            <Icon name={LEVEL_LOOKS[each].icon} size={12} />
            {each === "sample" ? levelWord("sample", shown.level === "sample" ? shown.percent : 10) : each}
          </button>
        ))}
      </div>
      <p className={styles["meaning"]}>
        {MEANINGS[shown.level]}
        {shown.level === "sample" && (
          <select aria-label="Share of the runs" value={shown.percent} onChange={(event) => setChosen({ level: "sample", percent: Number(event.target.value) })}>
            {[...new Set([...SHARES, shown.percent])].toSorted((a, b) => a - b).map((share) => (
              <option key={share} value={share}>
                {share} %
              </option>
            ))}
          </select>
        )}
      </p>
      <div className={styles["act"]}>
        {(changed || !level.own) && <input aria-label="Your name" placeholder="Your name" value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}
        {changed ? (
          <>
            <Button look="ink" disabledReason={missing} onClick={() => set.mutate({ level: shown.level, percent: shown.percent, limit: level.limit, by: by.trim() }, done)}>
              Set to {levelWord(shown.level, shown.percent)}
            </Button>
            <Button look="quiet" onClick={() => setChosen(null)}>
              Cancel
            </Button>
          </>
        ) : (
          <>
            {next && <Button onClick={() => setChosen(next)}>Step up to {levelWord(next.level, next.percent)}</Button>}
            {!level.own && (
              <Button look="quiet" disabledReason={missing} onClick={() => own.mutate(by.trim(), done)}>
                Back to what its file says
              </Button>
            )}
          </>
        )}
      </div>
      {problem && (
        <p role="alert" className={styles["problem"]}>
          {asProblem(problem).detail || asProblem(problem).message} {asProblem(problem).hint}
        </p>
      )}
    </Section>
  );
}

function Since({ level }: { level: RuleLevel }) {
  if (level.own || !level.since) return "as its file says";
  return (
    <>
      set by {level.by}, <Ago at={level.since} />
    </>
  );
}
