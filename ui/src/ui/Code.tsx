/** Source with its line numbers: to read, or to edit; lines can be marked. */
import { useEffect, useRef } from "react";
import styles from "./Code.module.css";

export type Mark = { line: number; tone: "deny" | "ask" | "live"; title: string };

type Props = { label: string; text: string; marks?: readonly Mark[]; /** Number of the first line. */ from?: number; /** Brought into view. */ line?: number; onText?: (text: string) => void };

const NO_MARKS: readonly Mark[] = [];
const LINE_PX = 19;
const PAD_PX = 10;
const CONTEXT_LINES = 4;
const INDENT = "  ";

export function Code({ label, text, marks = NO_MARKS, from = 1, line = 0, onText }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const lines = text.split("\n").length;
  useEffect(() => {
    if (line > 0) scroller.current?.scrollTo(0, Math.max(0, (line - from - CONTEXT_LINES) * LINE_PX));
  }, [line, from]);
  return (
    <div ref={scroller} className={`${styles["frame"]} ${onText ? styles["editable"] : ""}`}>
      <div className={styles["sheet"]}>
        <ol className={styles["numbers"]} aria-hidden>
          {Array.from({ length: lines }, (_, index) => (
            <li key={index}>{from + index}</li>
          ))}
        </ol>
        {marks
          .filter((mark) => mark.line >= from && mark.line < from + lines)
          .map((mark) => (
            <i key={`${mark.line} ${mark.title}`} className={`${styles["mark"]} ${styles[mark.tone]}`} style={{ top: (mark.line - from) * LINE_PX + PAD_PX }} title={mark.title} aria-hidden />
          ))}
        {onText ? (
          <textarea aria-label={label} className={styles["text"]} value={text} rows={lines} spellCheck={false} wrap="off" autoCapitalize="off" autoCorrect="off" onChange={(event) => onText(event.target.value)} onKeyDown={(event) => indent(event, onText)} />
        ) : (
          // Scrolled by keyboard too, hence focusable.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <pre className={styles["text"]} tabIndex={0} aria-label={label}>
            {text}
          </pre>
        )}
      </div>
    </div>
  );
}

/** Ctrl and Alt with an arrow are the browser's; only `Ctrl ]` would be free, so Tab stays the way out and Enter keeps the indent. */
function indent(event: React.KeyboardEvent<HTMLTextAreaElement>, onText: (text: string) => void): void {
  if (event.key === "Escape") {
    event.preventDefault();
    event.currentTarget.blur();
    return;
  }
  if (event.key !== "Enter" || event.metaKey || event.ctrlKey) return;
  const area = event.currentTarget;
  const before = area.value.slice(0, area.selectionStart);
  const current = before.slice(before.lastIndexOf("\n") + 1);
  const lead = (/^ */.exec(current)?.[0] ?? "") + (/:\s*$/.test(current) ? INDENT : "");
  if (!lead) return;
  event.preventDefault();
  // Through the browser, so that undo knows of it.
  if (!document.execCommand("insertText", false, `\n${lead}`)) onText(`${before}\n${lead}${area.value.slice(area.selectionEnd)}`);
}
