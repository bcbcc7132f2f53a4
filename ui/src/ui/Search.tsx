/** A search field that settles before it asks; `/` brings the focus here. */
import { useEffect, useRef, useState } from "react";
import { useKeys } from "~/lib/keys";
import { Icon } from "./Icon";
import styles from "./Search.module.css";

type Props = { label: string; placeholder: string; value: string; onChange: (value: string) => void };

const SETTLE_MS = 250;

export function Search({ label, placeholder, value, onChange }: Props) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  if (seen !== value) {
    setSeen(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  useKeys({ "/": () => input.current?.focus() });
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter") onChange(typed);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles["search"]}>
      <Icon name="search" />
      <input ref={input} type="search" aria-label={label} placeholder={placeholder} value={typed} onChange={(event) => setTyped(event.target.value)} onKeyDown={onKeyDown} spellCheck={false} />
      <kbd aria-hidden>/</kbd>
    </div>
  );
}
