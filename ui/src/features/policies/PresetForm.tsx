/** A rule from a preset: choose it, fill its settings in, see the YAML, put it into the file. */
import { useMemo, useState } from "react";
import type { Json, Preset } from "~/api/types";
import { fieldsOf, fill, type Typed } from "~/lib/fields";
import { MOD, useKeys } from "~/lib/keys";
import { ruleYaml } from "~/lib/yaml";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import styles from "./PresetForm.module.css";
import { Setting } from "./Setting";

type Props = { presets: readonly Preset[]; onAdd: (preset: string, values: Record<string, Json>) => void; onClose: () => void };

const LAST = ["message", "name", "enforce"];

export function PresetForm({ presets, onAdd, onClose }: Props) {
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<Typed>({});
  const [tried, setTried] = useState(false);
  const preset = presets.find((one) => one.name === name);
  const fields = useMemo(() => (preset ? inOrder(fieldsOf(preset.parameters as Json)) : []), [preset]);
  const { values, problems } = fill(fields, typed);
  const missing = !preset ? "Choose a preset" : Object.entries(problems)[0];
  const choose = (next: string) => {
    setName(next);
    setTyped({});
    setTried(false);
  };
  const send = () => {
    setTried(true);
    if (preset && !missing) onAdd(preset.name, values);
  };
  useKeys({ "mod+Enter": send });
  return (
    <Dialog
      title="Add a rule"
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" keys={`${MOD} ↵`} disabledReason={preset ? undefined : "Choose a preset"} onClick={send}>
            Put it into the file
          </Button>
        </>
      }
    >
      <form className={styles["form"]} onSubmit={(event) => event.preventDefault()}>
        <Field label="Preset" hint={preset?.summary}>
          {(field) => (
            <select {...field} data-first value={name} onChange={(event) => choose(event.target.value)}>
              <option value="">Choose one of {presets.length}</option>
              {grouped(presets).map(([category, some]) => (
                <optgroup key={category} label={category.replaceAll("_", " ")}>
                  {some.map((one) => (
                    <option key={one.name} value={one.name}>
                      {one.name}
                    </option>
                  ))}
                </optgroup>
              ))}
            </select>
          )}
        </Field>
        <div className={styles["settings"]}>
          {fields.map((field) => (
            <Setting key={`${name} ${field.name}`} field={field} value={typed[field.name]} problem={tried || (typed[field.name] ?? "") !== "" ? problems[field.name] : undefined} onChange={(value) => setTyped({ ...typed, [field.name]: value })} />
          ))}
        </div>
      </form>
      {preset?.example && (
        <p className={styles["example"]}>
          for example <code>{exampleOf(preset)}</code>
        </p>
      )}
      {preset && (
        <pre className={styles["yaml"]} aria-label="The rule as YAML">
          {ruleYaml(preset.name, values, "")}
        </pre>
      )}
    </Dialog>
  );
}

/** The settings of the example, without the file around them. */
function exampleOf({ example, name }: Preset): string {
  return (example.split(`- ${name}: `)[1] ?? example).trim();
}

/** What every rule may say comes after what this one must know. */
function inOrder<T extends { name: string }>(fields: T[]): T[] {
  return fields.toSorted((a, b) => LAST.indexOf(a.name) - LAST.indexOf(b.name));
}

function grouped(presets: readonly Preset[]): [string, Preset[]][] {
  const groups = new Map<string, Preset[]>();
  for (const one of presets) groups.set(one.category, [...(groups.get(one.category) ?? []), one]);
  return [...groups].toSorted(([a], [b]) => a.localeCompare(b));
}
