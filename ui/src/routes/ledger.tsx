/** `/ledger`: every record in order, each with its proof, and whether the log still holds. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { ledgerQuery, useVerify } from "~/api/ledger";
import { Headline } from "~/features/decision/Asked";
import { Checkpoint } from "~/features/ledger/Checkpoint";
import { COLUMNS } from "~/features/ledger/columns";
import { RecordPane } from "~/features/ledger/RecordPane";
import { drillCommand } from "~/lib/commands";
import { useKeys } from "~/lib/keys";
import { useNarrow } from "~/lib/narrow";
import { address } from "~/lib/params";
import { useRows } from "~/lib/rows";
import { Button } from "~/ui/Button";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Search } from "~/ui/Search";
import { SplitPane } from "~/ui/SplitPane";
import { paths } from "./paths";

const LINKS = { run: paths.run, rule: (rule: string) => paths.policies({ rule }) };

const whyOf = (run: string, step: string) => <Headline step={step} run={run} links={LINKS} />;

const SPARE = new Set(["leaf", "agent"]);

export function LedgerRoute() {
  const [params, setParams] = useSearchParams();
  const q = params.get("q") ?? "";
  const at = params.has("at") ? Number(params.get("at")) : null;
  const set = useCallback((part: { q?: string; at?: number | null }) => setParams(() => merged(address(), part), { replace: true }), [setParams]);
  const search = useCallback((next: string) => set({ q: next }), [set]);
  const verify = useVerify();
  const close = () => set({ at: null });
  useKeys({ Escape: close, v: () => verify.mutate() });
  const list = <Entries q={q} at={at} onOpen={(index) => set({ at: index })} />;
  return (
    <Page
      title="Ledger"
      actions={
        <>
          <Search label="Filter the ledger" placeholder="Agent, run, target, rule" value={q} onChange={search} />
          <Button look="ink" icon="approvals" keys="V" disabledReason={verify.isPending ? "Verifying" : undefined} onClick={() => verify.mutate()}>
            Verify
          </Button>
        </>
      }
      fixed
    >
      <Checkpoint verification={verify.data} verifying={verify.isPending} error={verify.error} onShow={(index) => set({ at: index })} />
      {at === null ? list : <SplitPane name="ledger" left={list} right={<RecordPane key={at} index={at} runPath={paths.run} why={whyOf} onClose={close} />} initial={700} min={360} minRight={360} />}
    </Page>
  );
}

function Entries({ q, at, onOpen }: { q: string; at: number | null; onOpen: (index: number) => void }) {
  const query = useInfiniteQuery(ledgerQuery(q));
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const entries = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useCallback(() => hasNextPage && !isFetchingNextPage && void fetchNextPage(), [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const [cursor, setCursor] = useRows(entries.length, (row) => entries[row] && onOpen(entries[row].index));
  const shown = at === null ? cursor : entries.findIndex((entry) => entry.index === at);
  const tight = useNarrow() || at !== null;
  return (
    <Loaded query={query} rows={16}>
      {() =>
        entries.length === 0 ? (
          <Empty icon="ledger" title={q ? "No record matches" : "The ledger is empty"} {...(!q && { command: drillCommand() })} />
        ) : (
          <Grid label="Ledger" columns={tight ? COLUMNS.filter((column) => !SPARE.has(column.id)) : COLUMNS} items={entries} keyOf={(entry) => entry.index} active={cursor >= 0 ? cursor : shown} onActive={setCursor} onOpen={(entry) => onOpen(entry.index)} onEnd={more} />
        )
      }
    </Loaded>
  );
}

function merged(old: URLSearchParams, part: { q?: string; at?: number | null }): URLSearchParams {
  const next = new URLSearchParams(old);
  for (const [key, value] of Object.entries(part)) {
    if (value === null || value === "") next.delete(key);
    else next.set(key, String(value));
  }
  return next;
}
