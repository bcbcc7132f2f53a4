/** The exact call: to read, to edit against the contract, and how it then differs. */
import type { Approval } from "~/api/types";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { JsonView } from "~/ui/JsonView";
import { Section } from "~/ui/Section";
import styles from "./Call.module.css";
import { Changes } from "./Changes";
import type { Draft } from "./draft";

type Props = { approval: Approval; text: string; draft: Draft; editing: boolean; onEdit: (() => void) | undefined; onText: (text: string) => void; onLeave: () => void };

export function Call({ approval, text, draft, editing, onEdit, onText, onLeave }: Props) {
  return (
    <Section title={onEdit ? "The exact call" : "What was asked"} note={approval.unendorsed.length > 0 ? <Unendorsed values={approval.unendorsed} /> : undefined}>
      {editing ? (
        <Editor text={text} draft={draft} onText={onText} onLeave={onLeave} />
      ) : (
        <div className={styles["shown"]}>
          <JsonView value={approval.arguments} label="asked arguments" />
          {onEdit && (
            <Button onClick={onEdit} keys="E">
              Edit arguments
            </Button>
          )}
        </div>
      )}
      <p className={styles["digest"]}>
        {onEdit && draft.changes.length > 0 ? (
          "Edited arguments are judged by the policies again before they run, and only they run."
        ) : (
          <>
            An answer holds for these arguments only: <CopyId value={approval.digest} shown={approval.digest.slice(0, 16)} label="digest" />
          </>
        )}
      </p>
    </Section>
  );
}

function Unendorsed({ values }: { values: readonly string[] }) {
  return (
    <span className={styles["unendorsed"]}>
      chosen by nobody entitled:{" "}
      {values.map((value) => (
        <code key={value}>{value}</code>
      ))}
    </span>
  );
}

const MOST_LINES = 24;

function Editor({ text, draft, onText, onLeave }: Pick<Props, "text" | "draft" | "onText" | "onLeave">) {
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    onLeave();
  };
  return (
    <div className={styles["editor"]}>
      <textarea
        aria-label="Arguments"
        aria-invalid={draft.problems.length > 0}
        aria-describedby="argument-problems"
        // The person has just asked to edit.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        spellCheck={false}
        rows={Math.min(MOST_LINES, text.split("\n").length + 1)}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div id="argument-problems" className={styles["verdict"]} aria-live="polite">
        {draft.problems.length > 0 ? (
          <ul className={styles["problems"]}>
            {draft.problems.map((problem) => (
              <li key={problem.path + problem.message}>
                <code>{problem.path}</code> {problem.message}
              </li>
            ))}
          </ul>
        ) : (
          <Changes changes={draft.changes} none="Nothing is changed yet." />
        )}
        <Button look="quiet" onClick={onLeave}>
          Discard edits
        </Button>
      </div>
    </div>
  );
}
