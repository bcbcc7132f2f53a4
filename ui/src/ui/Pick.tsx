/** A labelled choice of one from a few. */
import type { ReactNode } from "react";
import { Field } from "./Field";

type Props<T extends string> = { label: string; hint?: ReactNode; value: T; /** Each value, and the word for it. */ options: Readonly<Record<T, string>>; onChange: (value: T) => void };

export function Pick<T extends string>({ label, hint, value, options, onChange }: Props<T>) {
  return (
    <Field label={label} hint={hint}>
      {(field) => (
        <select {...field} value={value} onChange={(event) => onChange(event.target.value as T)}>
          {(Object.entries(options) as [T, string][]).map(([each, word]) => (
            <option key={each} value={each}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
