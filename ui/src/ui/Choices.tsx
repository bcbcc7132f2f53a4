/** A filter: a button that says what is chosen, and a list of boxes to choose from. */
import { useRef, useState, type ReactNode } from "react";
import styles from "./Choices.module.css";
import { useDismiss } from "./dismiss";
import { Icon } from "./Icon";

export type Choice<T extends string> = { value: T; label: ReactNode };

type Props<T extends string> = { name: string; choices: readonly Choice<T>[]; chosen: readonly T[]; onChange: (chosen: T[]) => void; /** Only one at a time. */ single?: boolean };

export function Choices<T extends string>({ name, choices, chosen, onChange, single = false }: Props<T>) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  useDismiss(frame, open, () => setOpen(false));
  const toggle = (value: T) => {
    const has = chosen.includes(value);
    if (single) onChange(has ? [] : [value]);
    else onChange(has ? chosen.filter((each) => each !== value) : [...chosen, value]);
  };
  return (
    <div ref={frame} className={styles["frame"]}>
      <button type="button" className={`${styles["button"]} ${chosen.length ? styles["set"] : ""}`} aria-expanded={open} aria-haspopup="true" onClick={() => setOpen(!open)}>
        {name}
        {chosen.length > 0 && <b>{chosen.join(", ")}</b>}
        <Icon name="down" size={10} />
      </button>
      {open && (
        <fieldset className={styles["menu"]} aria-label={name}>
          {choices.map(({ value, label }) => (
            <label key={value}>
              <input type={single ? "radio" : "checkbox"} name={name} checked={chosen.includes(value)} onChange={() => toggle(value)} onClick={() => single && chosen.includes(value) && onChange([])} />
              {label}
            </label>
          ))}
          {chosen.length > 0 && (
            <button type="button" onClick={() => onChange([])}>
              Clear
            </button>
          )}
        </fieldset>
      )}
    </div>
  );
}
