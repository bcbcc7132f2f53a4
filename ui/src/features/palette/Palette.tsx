/** ⌘K: go anywhere, stop anything, by name. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { runSearchQuery } from "~/api/runs";
import { RUN_STATES } from "~/lib/states";
import { Dialog } from "~/ui/Dialog";
import { Icon } from "~/ui/Icon";
import { found, type Command } from "./command";
import styles from "./Palette.module.css";

type Props = { commands: readonly Command[]; runPath: (run: string) => string; onClose: () => void };

const SEARCH_FROM = 2;

export function Palette({ commands, runPath, onClose }: Props) {
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const runs = useRuns(useDeferredValue(typed.trim()), runPath);
  const shown = useMemo(() => {
    const named = found(commands, typed);
    return [...named, ...runs.filter((run) => !named.some((command) => command.id === run.id))];
  }, [commands, typed, runs]);
  const current = shown[Math.min(active, shown.length - 1)];
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) setActive((Math.min(active, shown.length - 1) + step + shown.length) % shown.length);
    else if (event.key === "Enter") run(current);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" onClose={onClose} bare>
      <div className={styles["search"]}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={current ? `palette-${current.id}` : undefined}
          aria-label="Go to a page, run or agent, or stop one"
          placeholder="A page, a run, an agent, or stop …"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <List shown={shown} current={current} onRun={run} onPoint={setActive} />
    </Dialog>
  );
}

type ListProps = { shown: readonly Command[]; current: Command | undefined; onRun: (command: Command) => void; onPoint: (index: number) => void };

function List({ shown, current, onRun, onPoint }: ListProps) {
  useEffect(() => {
    if (current) document.getElementById(`palette-${current.id}`)?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <div id="palette-list" role="listbox" aria-label="Results" className={styles["list"]}>
      {shown.length === 0 && <p className={styles["none"]}>Nothing by that name.</p>}
      {shown.map((command, index) => (
        <div key={command.id} role="presentation">
          {command.group !== shown[index - 1]?.group && (
            <p role="presentation" className={styles["group"]}>
              {command.group}
            </p>
          )}
          {/* The focus stays in the input, which owns the keys; a pointer may still press an option. */}
          {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
          <div id={`palette-${command.id}`} role="option" aria-selected={command === current} className={styles["option"]} onClick={() => onRun(command)} onPointerMove={() => command !== current && onPoint(index)}>
            <Icon name={command.icon} />
            <span className={styles["label"]}>{command.label}</span>
            <span className={styles["note"]}>{command.note}</span>
            {command.keys && <kbd>{command.keys}</kbd>}
          </div>
        </div>
      ))}
    </div>
  );
}

function useRuns(q: string, runPath: Props["runPath"]): Command[] {
  const navigate = useNavigate();
  const { data } = useQuery({ ...runSearchQuery(q), enabled: q.length >= SEARCH_FROM });
  return useMemo(() => {
    if (q.length < SEARCH_FROM) return [];
    return (data?.items ?? []).map((run) => ({ id: run.id, group: "Runs", icon: RUN_STATES[run.state].icon, label: run.title || run.id, note: `${run.agent} · ${run.state}`, run: () => void navigate(runPath(run.id)) }));
  }, [data, q, navigate, runPath]);
}
