/** `/gateway/calls`: what passes now and what passed last. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { callsQuery, keysQuery, routesQuery, statusQuery } from "~/api/gateway";
import { callColumns, narrowed, SHOW_NAMES, type Show } from "~/features/gateway/callColumns";
import { curlLine } from "~/features/gateway/clients";
import { useNarrow } from "~/lib/narrow";
import { address, withValues } from "~/lib/params";
import { useRows } from "~/lib/rows";
import { Button } from "~/ui/Button";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Search } from "~/ui/Search";
import { Tabs } from "~/ui/Tabs";
import { paths } from "../paths";
import { Frame } from "./Frame";

const SHOWS = Object.keys(SHOW_NAMES) as Show[];

export function GatewayCallsRoute() {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const q = params.get("q") ?? "";
  const show = SHOWS.find((each) => each === params.get("show")) ?? "all";
  const query = useQuery(callsQuery);
  const keys = useInfiniteQuery(keysQuery).data;
  const names = useMemo(() => new Map(keys?.pages.flatMap((page) => page.items).map((key) => [key.id, key.name])), [keys]);
  const nameOf = useCallback((key: string) => names.get(key) ?? "", [names]);
  const calls = useMemo(() => narrowed(query.data?.items ?? [], show, q, nameOf), [query.data, show, q, nameOf]);
  const columns = useMemo(() => callColumns(nameOf, false), [nameOf]);
  const tight = useMemo(() => callColumns(nameOf, true), [nameOf]);
  const set = useCallback((values: Record<string, string>) => setParams(() => withValues(address(), values), { replace: true }), [setParams]);
  const search = useCallback((next: string) => set({ q: next }), [set]);
  const open = (row: number) => calls[row] && void navigate(paths.run(calls[row].run, calls[row].id));
  const [cursor, setCursor] = useRows(calls.length, open);
  const narrow = useNarrow();
  return (
    <Frame
      part="calls"
      actions={
        <>
          <Search label="Filter calls" placeholder="Model, agent, key, verdict" value={q} onChange={search} />
          <Tabs look="segments" label="Show" tabs={SHOWS.map((id) => ({ id, label: SHOW_NAMES[id] }))} value={show} onChange={(next) => set({ show: next === "all" ? "" : next })} />
        </>
      }
    >
      <Loaded query={query} rows={16}>
        {({ items }) => {
          if (items.length === 0) return <First />;
          if (calls.length > 0) return <Grid label="Calls" columns={narrow ? tight : columns} items={calls} keyOf={(call) => call.id} active={cursor} onActive={setCursor} onOpen={(call) => void navigate(paths.run(call.run, call.id))} foot="The latest calls. Each is a step of a run; all of them stand under Runs." />;
          return (
            <Empty icon="search" title="No call of the latest matches">
              <Button onClick={() => set({ q: "", show: "" })}>Show all of them</Button>
            </Empty>
          );
        }}
      </Loaded>
    </Frame>
  );
}

function First() {
  const url = useQuery(statusQuery).data?.url ?? "";
  const model = useQuery(routesQuery).data?.items[0]?.alias ?? "MODEL";
  return (
    <Empty icon="gateway" title="No call has come through yet" {...(url && { command: curlLine({ url, model }) })}>
      Make a key, then send the first one from a shell or from the playground.
    </Empty>
  );
}
