/** JSON to read: keys quiet, strings plain, long text bounded, one click copies all of it. */
import { useMemo, useState } from "react";
import { pretty } from "~/lib/json";
import { Button } from "./Button";
import styles from "./JsonView.module.css";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;
const SHOWN_CHARS = 20_000;

type Props = { value: unknown; label: string; /** The value is JSON text already, to be shown as it stands. */ raw?: boolean };

export function JsonView({ value, label, raw = false }: Props) {
  const [whole, setWhole] = useState(false);
  const text = useMemo(() => (raw ? String(value) : pretty(value)), [value, raw]);
  const cut = !whole && text.length > SHOWN_CHARS;
  const shown = cut ? text.slice(0, SHOWN_CHARS) : text;
  return (
    <div className={styles["frame"]}>
      <div className={styles["tools"]}>
        <Button look="quiet" icon="copy" aria-label={`Copy ${label}`} title={`Copy ${label}`} onClick={() => void navigator.clipboard.writeText(text)} />
      </div>
      {/* Scrolled by keyboard too, hence focusable. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles["json"]} tabIndex={0} aria-label={label}>
        {useMemo(() => paint(shown), [shown])}
      </pre>
      {cut && (
        <p className={styles["cut"]}>
          First {SHOWN_CHARS.toLocaleString("en-US")} of {text.length.toLocaleString("en-US")} characters.{" "}
          <button type="button" onClick={() => setWhole(true)}>
            Show all
          </button>
        </p>
      )}
    </div>
  );
}

function paint(text: string) {
  const parts: React.ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [all, quoted, colon] = match;
    if (match.index > at) parts.push(text.slice(at, match.index));
    const look = quoted ? (colon ? "key" : "string") : "atom";
    parts.push(
      <span key={match.index} className={styles[look]}>
        {all}
      </span>,
    );
    at = match.index + all.length;
  }
  parts.push(text.slice(at));
  return parts;
}
