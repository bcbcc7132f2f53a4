/** `/sessions`: conversations and jobs, each as the sum of its runs. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { sessionQuery, sessionsFile, sessionsQuery } from "~/api/sessions";
import { COLUMNS } from "~/features/sessions/columns";
import { SessionPane } from "~/features/sessions/SessionPane";
import { count } from "~/lib/counts";
import { drillCommand } from "~/lib/commands";
import { useKeys } from "~/lib/keys";
import { useNarrow } from "~/lib/narrow";
import { address, withValues } from "~/lib/params";
import { useRows } from "~/lib/rows";
import { Button } from "~/ui/Button";
import { Files } from "~/ui/Files";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Search } from "~/ui/Search";
import { SplitPane } from "~/ui/SplitPane";
import { paths } from "./paths";

/** Columns that give way when a session stands beside the list. */
const SPARE = new Set(["people", "steps", "tokens", "agents"]);

export function SessionsRoute() {
  const [params, setParams] = useSearchParams();
  const selected = params.get("session") ?? "";
  const q = params.get("q") ?? "";
  const query = useInfiniteQuery({ ...sessionsQuery(q ? { q } : {}), placeholderData: keepPreviousData });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const sessions = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useCallback(() => hasNextPage && !isFetchingNextPage && void fetchNextPage(), [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const set = useCallback((key: "session" | "q", value: string) => setParams(() => withValues(address(), { [key]: value }), { replace: true }), [setParams]);
  const search = useCallback((next: string) => set("q", next), [set]);
  const close = () => set("session", "");
  const [cursor, setCursor] = useRows(sessions.length, (row) => sessions[row] && set("session", sessions[row].id));
  useKeys({ Escape: close });
  const shown = sessions.findIndex((each) => each.id === selected);
  const tight = useNarrow() || selected !== "";
  const list = (
    <Loaded query={query} rows={14}>
      {() =>
        sessions.length === 0 ? (
          <Nothing narrowed={q !== ""} onClear={() => set("q", "")} />
        ) : (
          <Grid label="Sessions" columns={tight ? COLUMNS.filter((column) => !SPARE.has(column.id)) : COLUMNS} items={sessions} keyOf={(each) => each.id} active={cursor >= 0 ? cursor : shown} onActive={setCursor} onOpen={(each) => set("session", each.id)} onEnd={more} />
        )
      }
    </Loaded>
  );
  return (
    <Page title="Sessions" note={data && `${count(sessions.length)}${hasNextPage ? "+" : ""}`} actions={<Actions q={q} onSearch={search} />} fixed>
      {selected ? <SplitPane name="sessions" left={list} right={<Selected key={selected} session={selected} onClose={close} />} initial={620} min={360} minRight={460} /> : list}
    </Page>
  );
}

function Actions({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  return (
    <>
      <Search label="Filter sessions" placeholder="Title, agent, person, id" value={q} onChange={onSearch} />
      <Files of={(form) => sessionsFile(q, form)} />
    </>
  );
}

function Selected({ session, onClose }: { session: string; onClose: () => void }) {
  const query = useQuery(sessionQuery(session));
  return <Loaded query={query}>{(data) => <SessionPane session={data} runPath={paths.run} onClose={onClose} />}</Loaded>;
}

function Nothing({ narrowed, onClear }: { narrowed: boolean; onClear: () => void }) {
  if (!narrowed) return <Empty icon="sessions" title="No session has been recorded yet" command={drillCommand()} />;
  return (
    <Empty icon="search" title="No session matches">
      <Button onClick={onClear}>Clear</Button>
    </Empty>
  );
}
