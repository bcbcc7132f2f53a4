/** `/policies`: the rules in force, how much each counts, and the bench on which they are edited and tried. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { enforcementQuery, policiesQuery } from "~/api/policies";
import type { Policies, RuleLevel } from "~/api/types";
import { COLUMNS } from "~/features/policies/columns";
import { keepDraft, useDrafts } from "~/features/policies/drafts";
import { FilePane } from "~/features/policies/FilePane";
import { NewFile } from "~/features/policies/NewFile";
import { RulePane } from "~/features/policies/RulePane";
import { rowsOf, speaksFor, textOf, type Row } from "~/features/policies/sources";
import { formatView, parseView, type PoliciesView } from "~/features/policies/view";
import { plural } from "~/lib/counts";
import { useKeys } from "~/lib/keys";
import { useRows } from "~/lib/rows";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { SplitPane } from "~/ui/SplitPane";
import { Ago } from "~/ui/Time";
import { paths } from "./paths";
import styles from "./policies.module.css";

const CLOSED: PoliciesView = { file: "", rule: "", tab: "check", line: 0 };

export function PoliciesRoute() {
  const query = useQuery(policiesQuery);
  const levels = useQuery(enforcementQuery);
  const [making, setMaking] = useState(false);
  const [, setView] = useView();
  const known = useMemo(() => new Set([...(query.data?.packs ?? []), ...(query.data?.tests ?? [])].map((one) => one.name)), [query.data]);
  useKeys({ n: () => setMaking(true) });
  return (
    <Page
      title="Policies"
      note={query.data && <InForce policies={query.data} />}
      actions={
        <Button icon="file" keys="N" onClick={() => setMaking(true)}>
          New file
        </Button>
      }
      fixed
    >
      {query.data?.bundle.error && (
        <p role="alert" className={styles["error"]}>
          <b>The files on disk are not in force.</b> {query.data.bundle.error}
        </p>
      )}
      <Loaded query={query} rows={16}>
        {(policies) => <Bench policies={policies} levels={levels.data?.items ?? []} />}
      </Loaded>
      {making && (
        <NewFile
          taken={known}
          onClose={() => setMaking(false)}
          onMake={(draft) => {
            keepDraft(draft);
            setMaking(false);
            setView({ ...CLOSED, file: draft.name });
          }}
        />
      )}
    </Page>
  );
}

function InForce({ policies }: { policies: Policies }) {
  return (
    <span className={styles["force"]}>
      <span>
        {plural(policies.packs.length, "file")} in force since <Ago at={policies.bundle.loaded_at} />
      </span>
      <CopyId value={policies.bundle.hash} shown={policies.bundle.hash.slice(0, 12)} label="bundle hash" />
    </span>
  );
}

function Bench({ policies, levels }: { policies: Policies; levels: readonly RuleLevel[] }) {
  const [view, setView] = useView();
  const drafts = useDrafts();
  const rows = useMemo(() => rowsOf(policies, levels, drafts), [policies, levels, drafts]);
  const open = (row: Row | undefined) => row && setView(row.kind === "file" ? { ...CLOSED, file: row.name } : { ...CLOSED, rule: row.rule.id });
  const [cursor, setCursor] = useRows(rows.length, (index) => open(rows[index]));
  const shown = rows.findIndex((row) => (row.kind === "file" ? row.name === view.file : speaksFor(view.rule, row.rule.id) && !view.file));
  const chosen = rows.find((row) => row.kind === "rule" && view.rule !== "" && speaksFor(view.rule, row.rule.id));
  const draft = view.file ? (drafts.get(view.file) ?? textOf(policies, view.file)) : null;
  const edit = () => chosen?.kind === "rule" && setView({ ...CLOSED, file: chosen.file, line: chosen.rule.line });
  useKeys({ Escape: () => setView(CLOSED), e: () => void edit() });
  if (rows.length === 0) return <Empty icon="policies" title="No policy is in force" command="holdfast init" />;
  const columns = view.file || view.rule ? COLUMNS.filter((column) => column.id !== "refused") : COLUMNS;
  const list = <Grid label="Policies" columns={columns} items={rows} keyOf={(row) => row.id} active={cursor >= 0 ? cursor : shown} onActive={setCursor} onOpen={open} />;
  const pane = draft ? (
    <FilePane key={draft.name} policies={policies} draft={draft} tab={view.tab} line={view.line} stepPath={paths.run} onTab={(tab) => setView({ ...view, tab })} onLine={(line) => setView({ ...view, line })} onClose={() => setView(CLOSED)} />
  ) : chosen?.kind === "rule" ? (
    <RulePane rule={chosen.rule} file={chosen.file} levels={chosen.levels} onEdit={edit} onClose={() => setView(CLOSED)} />
  ) : view.file || view.rule ? (
    <Empty icon="policies" title={`There is no ${view.file ? "file" : "rule"} ${view.file || view.rule} in force`}>
      It may have been removed or renamed since; the versions of its file keep it. A rule of a built-in stage has no text of its own.
    </Empty>
  ) : null;
  return pane ? <SplitPane name="policies" left={list} right={pane} initial={470} min={300} minRight={440} /> : list;
}

function useView(): [PoliciesView, (view: PoliciesView) => void] {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => parseView(params), [params]);
  return [view, (next) => setParams(formatView(next), { replace: true })];
}
