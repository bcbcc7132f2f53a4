/** A policy file in the editor, and the bench beneath it: check, tests, diff, backtest, versions. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { checkQuery, presetsQuery } from "~/api/policies";
import type { Policies } from "~/api/types";
import { Button } from "~/ui/Button";
import { Code, type Mark } from "~/ui/Code";
import { Pane } from "~/ui/Pane";
import { Tabs } from "~/ui/Tabs";
import { insertRule } from "~/lib/yaml";
import { useSettled } from "~/lib/settled";
import { Backtesting } from "./Backtesting";
import { Checking } from "./Checking";
import { Delete } from "./Delete";
import { Diffing } from "./Diffing";
import { dropDraft, keepDraft, type Draft } from "./drafts";
import styles from "./Pane.module.css";
import { PresetForm } from "./PresetForm";
import { SaveBar } from "./SaveBar";
import { isTests, lintsOf, sourcesWith, textOf } from "./sources";
import { Testing } from "./Testing";
import { Versions } from "./Versions";
import { TABS, type FileTab } from "./view";

type Props = {
  policies: Policies;
  draft: Draft;
  tab: FileTab;
  line: number;
  stepPath: (run: string, step: string) => string;
  onTab: (tab: FileTab) => void;
  onLine: (line: number) => void;
  onClose: () => void;
};

const LABELS: Record<FileTab, string> = { check: "Check", tests: "Tests", diff: "Diff", backtest: "Backtest", versions: "Versions" };
const SETTLE_MS = 350;

export function FilePane({ policies, draft, tab, line, stepPath, onTab, onLine, onClose }: Props) {
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const { name, kind, text } = draft;
  const presets = useQuery(presetsQuery);
  const saved = textOf(policies, name);
  const edited = text !== saved?.text;
  const sources = useMemo(() => sourcesWith(policies, { name, kind, text }), [policies, name, kind, text]);
  const check = useQuery(checkQuery(useSettled(sources, SETTLE_MS)));
  const found = [...(check.data?.errors ?? []), ...(check.data?.lints ?? [])];
  const here = lintsOf(found, name);
  const marks: Mark[] = here.map((lint) => ({ line: lint.line, tone: lint.severity === "error" ? "deny" : lint.severity === "warning" ? "ask" : "live", title: lint.message }));
  const write = (next: string) => (next === saved?.text ? dropDraft(name) : keepDraft({ name, kind, text: next }));
  const add = (preset: string, values: Parameters<typeof insertRule>[2]) => {
    const grown = insertRule(text, preset, values);
    write(grown.text);
    onLine(grown.line);
    setAdding(false);
  };
  return (
    <Pane
      label={`File ${name}`}
      what="file"
      title={name}
      note={edited && (saved ? "edited, not in force" : "new, not in force")}
      actions={
        <>
          {kind === "yaml" && !isTests(name) && <Button disabledReason={presets.data ? undefined : (presets.error?.message ?? "Loading the presets")} onClick={() => setAdding(true)}>Add a rule</Button>}
          {saved && (
            <Button look="quiet" onClick={() => setDeleting(true)}>
              Delete
            </Button>
          )}
        </>
      }
      onClose={onClose}
      fixed
    >
      <div className={styles["editor"]}>
        <Code label={`Text of ${name}`} text={text} marks={line ? [...marks, { line, tone: "live", title: "" }] : marks} line={line} onText={write} />
      </div>
      <div className={styles["bench"]}>
        <div className={styles["tabs"]}>
          <Tabs label="Bench" tabs={TABS.map((id) => ({ id, label: LABELS[id], note: id === "check" && found.length > 0 ? found.length : undefined }))} value={tab} onChange={onTab} />
        </div>
        <div className={styles["results"]} role="tabpanel" aria-label={LABELS[tab]}>
          {tab === "check" && <Checking query={check} file={name} onLine={onLine} />}
          {tab === "tests" && <Testing sources={sources} />}
          {tab === "diff" && <Diffing sources={sources} edited={edited} />}
          {tab === "backtest" && <Backtesting sources={sources} edited={edited} stepPath={stepPath} />}
          {tab === "versions" && <Versions name={name} current={saved?.text} onTake={write} />}
        </div>
      </div>
      <SaveBar draft={draft} edited={edited} isNew={!saved} resting={adding || deleting} broken={check.data && !check.data.ok ? (check.data.errors[0]?.message ?? "It cannot be used") : undefined} />
      {deleting && (
        <Delete
          name={name}
          pack={policies.packs.find((pack) => pack.name === name)}
          onClose={() => setDeleting(false)}
          onGone={() => {
            dropDraft(name);
            onClose();
          }}
        />
      )}
      {adding && presets.data && <PresetForm presets={presets.data.items} onAdd={add} onClose={() => setAdding(false)} />}
    </Pane>
  );
}
