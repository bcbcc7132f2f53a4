/** A field for the query language: suggests what may follow, and points at what cannot be read. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { suggestQuery } from "~/api/search";
import type { Suggestion } from "~/api/types";
import { useKeys } from "~/lib/keys";
import { useSettled } from "~/lib/settled";
import { Icon } from "~/ui/Icon";
import { accept, pointer, type Typed } from "./caret";
import styles from "./QueryField.module.css";

type Props = { label: string; placeholder: string; value: string; onChange: (value: string) => void };

const ASK_MS = 120;
const APPLY_MS = 450;

export function QueryField({ label, placeholder, value, onChange }: Props) {
  const [typed, setTyped] = useState<Typed>({ text: value, at: value.length });
  const [seen, setSeen] = useState(value);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const goesOn = useRef<number | null>(null);
  // The text is set by React, and the cursor before the next key: a frame later it would jump back over what was typed.
  useLayoutEffect(() => {
    if (goesOn.current !== null) input.current?.setSelectionRange(goesOn.current, goesOn.current);
    goesOn.current = null;
  });
  const list = useId();
  if (seen !== value) {
    setSeen(value);
    if (typed.text.trim() !== value) setTyped({ text: value, at: value.length });
  }
  const asked = useSettled(typed, ASK_MS);
  const { data } = useQuery({ ...suggestQuery(asked.text, asked.at), enabled: open });
  // What was said of an older text has other columns.
  const fresh = asked === typed && data !== undefined;
  const mistake = fresh ? data.mistake : null;
  const items = open && fresh ? data.items : [];
  const chosen = items[active];
  useApplied(typed.text.trim(), value, fresh && !mistake, onChange);
  useKeys({ "/": () => input.current?.focus() });
  const put = (suggestion: Suggestion) => {
    if (!data) return;
    const next = accept(typed, data, suggestion.text);
    setTyped(next);
    setActive(-1);
    goesOn.current = next.at;
  };
  const type = (element: HTMLInputElement) => {
    setTyped({ text: element.value, at: element.selectionStart ?? element.value.length });
    setActive(-1);
    setOpen(true);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && items.length > 0) setActive((active + step + items.length) % items.length);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen) put(chosen);
    else if (event.key === "Enter") {
      setOpen(mistake !== null);
      onChange(typed.text.trim());
    } else if (event.key === "Escape" && open) setOpen(false);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles["frame"]}>
      <div className={`${styles["field"]} ${mistake ? styles["wrong"] : ""}`}>
        <Icon name="search" />
        <input
          ref={input}
          role="combobox"
          aria-label={label}
          aria-expanded={items.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={chosen ? `${list}-${active}` : undefined}
          aria-invalid={mistake !== null}
          aria-describedby={`${list}-mistake`}
          placeholder={placeholder}
          value={typed.text}
          onChange={(event) => type(event.target)}
          onSelect={(event) => {
            const at = event.currentTarget.selectionStart ?? 0;
            if (at !== typed.at) setTyped({ ...typed, at });
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
          spellCheck={false}
          autoComplete="off"
        />
        <kbd aria-hidden>/</kbd>
      </div>
      <div className={styles["pop"]} hidden={!open || (items.length === 0 && !mistake)}>
        <div id={`${list}-mistake`} role="status">
          {mistake && (
            <div className={styles["mistake"]}>
              <pre aria-hidden>{`${typed.text}\n${pointer(mistake.column)}`}</pre>
              <p>
                <b>{`Column ${mistake.column}: ${mistake.message}.`}</b> {mistake.hint}
              </p>
            </div>
          )}
        </div>
        <Suggested id={list} items={items} active={active} onPut={put} />
      </div>
    </div>
  );
}

type SuggestedProps = { id: string; items: readonly Suggestion[]; active: number; onPut: (suggestion: Suggestion) => void };

function Suggested({ id, items, active, onPut }: SuggestedProps) {
  return (
    <div id={id} role="listbox" aria-label="Suggestions" className={styles["list"]}>
      {items.map((suggestion, index) => (
        // The focus stays in the input, which owns the keys; a pointer may still press an option.
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
        <div key={suggestion.text} id={`${id}-${index}`} role="option" aria-selected={index === active} className={styles["option"]} onPointerDown={(event) => event.preventDefault()} onClick={() => onPut(suggestion)}>
          <code>{suggestion.text}</code>
          <span>{suggestion.about}</span>
          {suggestion.count !== null && suggestion.count !== undefined && <small>{suggestion.count}</small>}
        </div>
      ))}
    </div>
  );
}

/** What can be read is asked by itself, once nobody types any more. */
function useApplied(text: string, value: string, readable: boolean, onChange: (value: string) => void) {
  useEffect(() => {
    if (!readable || text === value) return;
    const timer = setTimeout(() => onChange(text), APPLY_MS);
    return () => clearTimeout(timer);
  }, [text, value, readable, onChange]);
}
