/** One setting of a preset, by the kind of its value. */
import type { FormField, Typed } from "~/lib/fields";
import { Field } from "~/ui/Field";
import styles from "./PresetForm.module.css";

type Props = { field: FormField; value: Typed[string] | undefined; problem: string | undefined; onChange: (value: Typed[string]) => void };

const HINTS = { list: "one after another, with commas", json: "JSON", text: "", number: "", flag: "", choice: "", choices: "" } as const;

export function Setting({ field, value, problem, onChange }: Props) {
  const label = field.name.replaceAll("_", " ");
  if (field.kind === "choices") return <Boxes field={field} label={label} value={value} problem={problem} onChange={onChange} />;
  if (field.kind === "flag") {
    return (
      <label className={styles["flag"]}>
        <input type="checkbox" checked={value === undefined ? field.fallback === true : value === true} onChange={(event) => onChange(event.target.checked)} />
        {field.name.replaceAll("_", " ")}
      </label>
    );
  }
  const text = typeof value === "string" ? value : "";
  const usual = field.fallback === undefined || field.fallback === null || field.fallback === "" ? "" : `usually ${JSON.stringify(field.fallback)}`;
  return (
    <Field label={label} hint={hintOf(field, usual)} problem={problem}>
      {(ids) =>
        field.kind === "choice" ? (
          <select {...ids} value={text} onChange={(event) => onChange(event.target.value)}>
            <option value="">{usual || "Choose"}</option>
            {field.options.map((option) => (
              <option key={option}>{option}</option>
            ))}
          </select>
        ) : (
          <input {...ids} value={text} inputMode={field.kind === "number" ? "decimal" : "text"} spellCheck={field.name === "message"} onChange={(event) => onChange(event.target.value)} />
        )
      }
    </Field>
  );
}

function hintOf(field: FormField, usual: string): string {
  if (field.name === "enforce") return "shadow, warn, sample:10 or enforce";
  return [HINTS[field.kind], usual].filter(Boolean).join("; ") || (field.required ? "required" : "optional");
}

function Boxes({ field, label, value, problem, onChange }: Props & { label: string }) {
  const chosen = typeof value === "object" ? value : [];
  return (
    <fieldset className={styles["boxes"]}>
      <legend>{label}</legend>
      <div>
        {field.options.map((option) => (
          <label key={option}>
            <input type="checkbox" checked={chosen.includes(option)} onChange={(event) => onChange(event.target.checked ? [...chosen, option] : chosen.filter((one) => one !== option))} />
            {option}
          </label>
        ))}
      </div>
      {problem && <p>{problem}</p>}
    </fieldset>
  );
}
