/** Any of a few, each with its box. */
import styles from "./Checks.module.css";

type Props<T extends string> = { label: string; /** Each value, and the word for it. */ options: Readonly<Record<T, string>>; chosen: readonly T[]; onChange: (chosen: T[]) => void };

export function Checks<T extends string>({ label, options, chosen, onChange }: Props<T>) {
  const all = Object.entries(options) as [T, string][];
  const toggle = (value: T) => onChange(all.map(([each]) => each).filter((each) => (each === value) !== chosen.includes(each)));
  return (
    <fieldset className={styles["checks"]}>
      <legend>{label}</legend>
      {all.map(([value, word]) => (
        <label key={value}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          {word}
        </label>
      ))}
    </fieldset>
  );
}
