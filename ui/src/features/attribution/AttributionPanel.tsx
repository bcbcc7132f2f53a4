/** Where a run turned: what speaks against which step, beside plain guesses. For a pane; the caller opens steps. */
import { useQuery } from "@tanstack/react-query";
import { attributionQuery } from "~/api/attribution";
import type { Attribution } from "~/api/types";
import { short } from "~/lib/counts";
import { Loaded } from "~/ui/Loaded";
import { Section } from "~/ui/Section";
import styles from "./AttributionPanel.module.css";
import { KIND_NAMES, marksOf } from "./marks";

type Props = { run: string; selected?: string; onSelect: (step: string) => void };

const SHOWN = 5;
const GUESSES = { first_step: "first step", last_step: "last step", first_error: "first error" } as const;

export function AttributionPanel({ run, selected = "", onSelect }: Props) {
  const query = useQuery(attributionQuery(run));
  return (
    <Section title="Where it turned" note="evidence, ranked; no proof">
      <Loaded query={query} rows={3}>
        {(told) => <Told told={told} selected={selected} onSelect={onSelect} />}
      </Loaded>
    </Section>
  );
}

function Told({ told, selected, onSelect }: { told: Attribution; selected: string; onSelect: (step: string) => void }) {
  const marks = marksOf(told).slice(0, SHOWN);
  if (marks.length === 0) return <p className={styles["quiet"]}>Nothing in its record speaks against any of its steps.</p>;
  return (
    <>
      <ol className={styles["suspects"]}>
        {marks.map((mark, place) => (
          <li key={mark.step}>
            <button type="button" aria-current={mark.step === selected} className={mark.turned ? styles["turn"] : undefined} onClick={() => onSelect(mark.step)}>
              <b>{place + 1}</b>
              <span>
                <i>{named(told, mark.step)}</i>
                {mark.text}
              </span>
              <small title="The sum of the weights of its evidence; no probability">{mark.score.toFixed(2)}</small>
            </button>
          </li>
        ))}
      </ol>
      {told.opinion && (
        <p className={styles["quiet"]}>
          {told.opinion.model}: {told.opinion.reason}
        </p>
      )}
      <p className={styles["guesses"]}>
        Plain guesses:{" "}
        {Object.entries(GUESSES).map(([key, name]) => {
          const step = told.baselines[key as keyof typeof GUESSES];
          return step ? (
            <button key={key} type="button" onClick={() => onSelect(step)}>
              {name} <code>{short(step)}</code>
            </button>
          ) : null;
        })}
      </p>
    </>
  );
}

function named(told: Attribution, step: string): string {
  const suspect = told.suspects.find((one) => one.step === step);
  return suspect ? [suspect.target || suspect.agent, ...suspect.kinds.map((kind) => KIND_NAMES[kind])].filter(Boolean).join(" · ") : "";
}
