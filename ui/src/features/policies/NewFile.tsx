/** A name for a new policy file; it is a draft until it is saved. */
import { useState } from "react";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import type { Draft } from "./drafts";

type Props = { taken: ReadonlySet<string>; onMake: (draft: Draft) => void; onClose: () => void };

const NAME = /^[\w-][\w.-]{0,99}(?:\/[\w-][\w.-]{0,99}){0,4}\.(?:yaml|cedar)$/;

export function NewFile({ taken, onMake, onClose }: Props) {
  const [name, setName] = useState("");
  const problem = !name ? undefined : taken.has(name) ? "There is a file of that name" : NAME.test(name) ? undefined : "A name such as payments.yaml, payments.test.yaml or payments.cedar";
  const make = () => {
    if (!name || problem) return;
    const kind = name.endsWith(".cedar") ? "cedar" : "yaml";
    const pack = name.replace(/^.*\//, "").replace(/\.(?:yaml|cedar)$/, "");
    onMake({ name, kind, text: kind === "cedar" ? "" : name.endsWith(".test.yaml") ? "tests:\n" : `pack: ${pack}\n\nrules:\n` });
  };
  return (
    <Dialog
      title="New policy file"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" disabledReason={!name ? "Give it a name" : problem} onClick={make}>
            Begin
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <Field label="Name" hint="Ends in .yaml for presets, .test.yaml for tests, .cedar for Cedar" problem={problem}>
          {(field) => <input {...field} data-first value={name} onChange={(event) => setName(event.target.value.trim())} maxLength={200} spellCheck={false} placeholder="payments.yaml" />}
        </Field>
      </form>
    </Dialog>
  );
}
