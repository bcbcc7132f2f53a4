/** `/tools`: every tool that agents may use, its contract, and whether it is still the one that was known. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { toolQuery, toolsQuery } from "~/api/tools";
import { COLUMNS } from "~/features/tools/columns";
import { ToolPane } from "~/features/tools/ToolPane";
import { drillCommand } from "~/lib/commands";
import { useKeys } from "~/lib/keys";
import { useNarrow } from "~/lib/narrow";
import { address, withValues } from "~/lib/params";
import { useRows } from "~/lib/rows";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Search } from "~/ui/Search";
import { SplitPane } from "~/ui/SplitPane";
import { Tabs } from "~/ui/Tabs";
import { paths } from "./paths";

const SPARE_NARROW = new Set(["origin", "seen"]);
const SPARE_BESIDE = new Set(["nature", "origin", "agents", "seen"]);
const NONE = new Set<string>();
const SHOWN = ["all", "drifted"] as const;
const NAMES = { all: "All", drifted: "Drifted" };

export function ToolsRoute() {
  const [params, setParams] = useSearchParams();
  const selected = params.get("tool") ?? "";
  const q = params.get("q") ?? "";
  const shown = params.get("show") === "drifted" ? "drifted" : "all";
  const query = useInfiniteQuery(toolsQuery);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const all = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const tools = useMemo(() => all.filter((tool) => (shown === "all" || tool.drift) && `${tool.tool} ${tool.effect} ${tool.origin} ${tool.agents.join(" ")}`.toLowerCase().includes(q.toLowerCase())), [all, q, shown]);
  const more = useCallback(() => hasNextPage && !isFetchingNextPage && void fetchNextPage(), [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const set = useCallback((key: "tool" | "q" | "show", value: string) => setParams(() => withValues(address(), { [key]: value }), { replace: true }), [setParams]);
  const search = useCallback((next: string) => set("q", next), [set]);
  const close = () => set("tool", "");
  const [cursor, setCursor] = useRows(tools.length, (row) => tools[row] && set("tool", tools[row].tool));
  useKeys({ Escape: close });
  const at = tools.findIndex((tool) => tool.tool === selected);
  const narrow = useNarrow();
  const spare = selected ? SPARE_BESIDE : narrow ? SPARE_NARROW : NONE;
  const list = (
    <Loaded query={query} rows={16}>
      {() =>
        tools.length === 0 ? (
          <Empty icon="tool" title={all.length > 0 ? "No tool matches" : "No tool has been introduced yet"} {...(all.length === 0 && { command: drillCommand() })} />
        ) : (
          <Grid label="Tools" columns={COLUMNS.filter((column) => !spare.has(column.id))} items={tools} keyOf={(tool) => tool.tool} active={cursor >= 0 ? cursor : at} onActive={setCursor} onOpen={(tool) => set("tool", tool.tool)} onEnd={more} />
        )
      }
    </Loaded>
  );
  return (
    <Page
      title="Tools"
      actions={
        <>
          <Search label="Filter tools" placeholder="Name, effect, agent, origin" value={q} onChange={search} />
          <Tabs look="segments" label="Show" tabs={SHOWN.map((id) => ({ id, label: NAMES[id] }))} value={shown} onChange={(next) => set("show", next === "all" ? "" : next)} />
        </>
      }
      fixed
    >
      {selected ? <SplitPane name="tools" left={list} right={<One key={selected} name={selected} onClose={close} />} initial={560} min={340} minRight={420} /> : list}
    </Page>
  );
}

function One({ name, onClose }: { name: string; onClose: () => void }) {
  const query = useQuery(toolQuery(name));
  return <Loaded query={query}>{(tool) => <ToolPane tool={tool} agentPath={(agent) => paths.runs({ agent })} onClose={onClose} />}</Loaded>;
}
