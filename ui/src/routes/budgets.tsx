/** `/budgets`: what may be used, how much of it is, and who holds the rest. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { budgetsQuery } from "~/api/budgets";
import { AddBudget } from "~/features/budgets/AddBudget";
import { whose } from "~/features/budgets/amounts";
import { BudgetPane } from "~/features/budgets/BudgetPane";
import { COLUMNS } from "~/features/budgets/columns";
import { useKeys } from "~/lib/keys";
import { useNarrow } from "~/lib/narrow";
import { address, withValues } from "~/lib/params";
import { useRows } from "~/lib/rows";
import { Button } from "~/ui/Button";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Search } from "~/ui/Search";
import { SplitPane } from "~/ui/SplitPane";
import { paths } from "./paths";

const SPARE = new Set(["used", "resets"]);

export function BudgetsRoute() {
  const [params, setParams] = useSearchParams();
  const [adding, setAdding] = useState(false);
  const selected = params.get("budget") ?? "";
  const q = params.get("q") ?? "";
  const query = useInfiniteQuery(budgetsQuery);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const all = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const budgets = useMemo(() => all.filter((budget) => `${budget.scope} ${whose(budget)} ${budget.unit} ${budget.state}`.toLowerCase().includes(q.toLowerCase())), [all, q]);
  const more = useCallback(() => hasNextPage && !isFetchingNextPage && void fetchNextPage(), [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const set = useCallback((key: "budget" | "q", value: string) => setParams(() => withValues(address(), { [key]: value }), { replace: true }), [setParams]);
  const search = useCallback((next: string) => set("q", next), [set]);
  const close = () => set("budget", "");
  const [cursor, setCursor] = useRows(budgets.length, (row) => budgets[row] && set("budget", budgets[row].id));
  useKeys({ Escape: close, n: () => setAdding(true) });
  const budget = all.find((each) => each.id === selected);
  const shown = budgets.findIndex((each) => each.id === selected);
  const tight = useNarrow() || selected !== "";
  const list = (
    <Loaded query={query} rows={12}>
      {() =>
        budgets.length === 0 ? (
          <Empty icon="budgets" title={q ? "No budget matches" : "Nothing has a limit yet"} {...(!q && { command: "holdfast budgets add session --usd 10" })} />
        ) : (
          <Grid label="Budgets" columns={tight ? COLUMNS.filter((column) => !SPARE.has(column.id)) : COLUMNS} items={budgets} keyOf={(each) => each.id} active={cursor >= 0 ? cursor : shown} onActive={setCursor} onOpen={(each) => set("budget", each.id)} onEnd={more} />
        )
      }
    </Loaded>
  );
  return (
    <Page
      title="Budgets"
      actions={
        <>
          <Search label="Filter budgets" placeholder="Scope, name, unit, state" value={q} onChange={search} />
          <Button look="ink" icon="budgets" keys="N" onClick={() => setAdding(true)}>
            Set a budget
          </Button>
        </>
      }
      fixed
    >
      {budget ? <SplitPane name="budgets" left={list} right={<BudgetPane key={budget.id} budget={budget} runPath={paths.run} onClose={close} />} initial={620} min={360} minRight={440} /> : list}
      {adding && (
        <AddBudget
          onClose={() => setAdding(false)}
          onAdded={(added) => {
            setAdding(false);
            set("budget", added.id);
          }}
        />
      )}
    </Page>
  );
}
