/** `/runs`: every run, filtered and sorted by the address. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { fleetQuery } from "~/api/fleet";
import { runsFile, runsQuery } from "~/api/runs";
import { viewsQuery } from "~/api/search";
import { columns } from "~/features/runs/columns";
import { FilterBar } from "~/features/runs/FilterBar";
import { formatFilters, formatOrder, fromView, isNarrowed, NO_FILTERS, parseFilters, SORTS, toQuery, toSearch, type Filters } from "~/features/runs/filters";
import { ordered } from "~/features/runs/order";
import { Facets } from "~/features/search/Facets";
import { QueryField } from "~/features/search/QueryField";
import { Views } from "~/features/search/Views";
import { drillCommand } from "~/lib/commands";
import { count, plural } from "~/lib/counts";
import { useNarrow } from "~/lib/narrow";
import { useRows } from "~/lib/rows";
import { Button } from "~/ui/Button";
import { Files } from "~/ui/Files";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { paths } from "./paths";
import styles from "./runs.module.css";

/** Up to here the facets leave no room for the less needed columns. */
const TIGHT_PX = 1500;

export function RunsRoute() {
  const [filters, setFilters] = useFilters();
  useOpened(filters, setFilters);
  const asked = toSearch(filters);
  const search = useCallback((q: string) => setFilters({ ...filters, q }), [filters, setFilters]);
  const [openedAt] = useState(() => Date.now());
  const query = useInfiniteQuery({ ...runsQuery(toQuery(filters, openedAt)), placeholderData: keepPreviousData });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const runs = useMemo(() => ordered(data?.pages.flatMap((page) => page.items) ?? [], filters.sort, filters.ascending), [data, filters.sort, filters.ascending]);
  const agents = useQuery(fleetQuery).data?.agents.map((agent) => agent.agent) ?? [];
  const navigate = useNavigate();
  const narrow = useNarrow();
  const tight = useNarrow(TIGHT_PX);
  const open = (id: string | undefined) => id && void navigate(paths.run(id));
  const [active, setActive] = useRows(runs.length, (index) => open(runs[index]?.id));
  const more = useCallback(() => hasNextPage && !isFetchingNextPage && void fetchNextPage(), [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const partial = hasNextPage && (filters.sort !== "started" || filters.ascending);
  return (
    <Page
      title="Runs"
      note={data && `${count(runs.length)}${hasNextPage ? "+" : ""}`}
      actions={
        <>
          <Views q={asked} sort={formatOrder(filters)} current={filters.view} onOpen={(view) => setFilters(view ? fromView(view) : { ...filters, view: "" })} />
          <Files of={(form) => runsFile(asked, form)} />
        </>
      }
      fixed
    >
      <FilterBar filters={filters} agents={agents} onChange={setFilters} field={<QueryField label="Search runs" placeholder="Words, or agent:refunds cost:>0.5 -state:completed" value={filters.q} onChange={search} />} />
      <div className={narrow ? styles["list"] : styles["beside"]}>
        {!narrow && <Facets q={asked} onChange={(q) => setFilters({ ...NO_FILTERS, q, view: filters.view, sort: filters.sort, ascending: filters.ascending })} />}
        <Loaded query={query} rows={16}>
          {() =>
            runs.length === 0 ? (
              <Nothing narrowed={isNarrowed(filters)} onClear={() => setFilters(NO_FILTERS)} />
            ) : (
              <Grid
                label="Runs"
                columns={columns(filters, tight, paths.run)}
                items={runs}
                keyOf={(run) => run.id}
                active={active}
                onActive={setActive}
                onOpen={(run) => open(run.id)}
                onEnd={more}
                onSort={(column) => setFilters(resorted(filters, column))}
                foot={partial ? `Sorted within the newest ${plural(runs.length, "run")}; scroll to load older ones.` : null}
              />
            )
          }
        </Loaded>
      </div>
    </Page>
  );
}

function useFilters(): [Filters, (filters: Filters) => void] {
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => parseFilters(params), [params]);
  // Without anything that narrows, a view would be opened again.
  const set = useCallback((next: Filters) => setParams(formatFilters(isNarrowed(next) ? next : { ...next, view: "" }), { replace: true }), [setParams]);
  return [filters, set];
}

/** The address of a saved view names it only; what it finds is asked for. */
function useOpened(filters: Filters, setFilters: (filters: Filters) => void) {
  const bare = filters.view !== "" && !isNarrowed(filters);
  const view = useQuery({ ...viewsQuery, enabled: bare }).data?.items.find(({ id }) => id === filters.view);
  useEffect(() => {
    if (bare && view?.q) setFilters(fromView(view));
  }, [bare, view, setFilters]);
}

/** Another column sorts largest first; the same one again turns it round. */
function resorted(filters: Filters, column: string): Filters {
  const sort = SORTS.find((each) => each === column) ?? "started";
  return { ...filters, sort, ascending: sort === filters.sort && !filters.ascending };
}

function Nothing({ narrowed, onClear }: { narrowed: boolean; onClear: () => void }) {
  if (!narrowed) return <Empty icon="runs" title="No run has been recorded yet" command={drillCommand()} />;
  return (
    <Empty icon="search" title="No run matches these filters">
      <Button onClick={onClear}>Clear all</Button>
    </Empty>
  );
}
