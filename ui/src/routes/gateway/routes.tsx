/** `/gateway/routes`: names that clients use as models, and what they stand for. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { providersQuery, routesQuery, statusQuery } from "~/api/gateway";
import type { GatewayRoute } from "~/api/types";
import { EditRoute } from "~/features/gateway/EditRoute";
import { cacheWords, ROUTE_COLUMNS, ROUTE_SPARE, STRATEGIES } from "~/features/gateway/routeColumns";
import { RoutePane } from "~/features/gateway/RoutePane";
import { Button } from "~/ui/Button";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Search } from "~/ui/Search";
import { SplitPane } from "~/ui/SplitPane";
import { paths } from "../paths";
import { Frame } from "./Frame";
import { useListing } from "./listing";

const NONE: GatewayRoute[] = [];
const idOf = (route: GatewayRoute) => route.alias;
const textOf = (route: GatewayRoute) => [route.alias, STRATEGIES[route.strategy], cacheWords(route), ...route.targets.map((target) => `${target.provider}/${target.model}`)].join(" ");

export function GatewayRoutesRoute() {
  const [adding, setAdding] = useState(false);
  const query = useQuery(routesQuery);
  const status = useQuery(statusQuery).data;
  const provider = useQuery(providersQuery).data?.items[0];
  const all = useMemo(() => query.data?.items ?? NONE, [query.data]);
  const { items, q, search, open, close, selected, active, onActive } = useListing(all, { name: "route", idOf, textOf, onNew: () => setAdding(true) });
  const list = (
    <Loaded query={query} rows={8}>
      {() => {
        if (all.length === 0) return <First onAdd={() => setAdding(true)} />;
        if (items.length === 0) return <Empty icon="search" title="No route matches" />;
        return <Grid label="Routes" columns={selected ? ROUTE_COLUMNS.filter((column) => !ROUTE_SPARE.has(column.id)) : ROUTE_COLUMNS} items={items} keyOf={idOf} active={active} onActive={onActive} onOpen={(route) => open(route.alias)} />;
      }}
    </Loaded>
  );
  return (
    <Frame
      part="routes"
      actions={
        <>
          <Search label="Filter routes" placeholder="Name, target, strategy" value={q} onChange={search} />
          <Button look="ink" icon="delegate" keys="N" onClick={() => setAdding(true)}>
            Add a route
          </Button>
        </>
      }
    >
      {selected ? (
        <SplitPane
          name="routes"
          left={list}
          right={<RoutePane key={selected.alias} route={selected} health={status?.providers ?? []} url={status?.url || "http://127.0.0.1:7421"} tryPath={paths.gateway("playground", { route: selected.alias })} providerPath={(name) => paths.gateway("providers", { provider: name })} onClose={close} />}
          initial={560}
          min={340}
          minRight={460}
        />
      ) : (
        list
      )}
      {adding && (
        <EditRoute
          taken={all.map(idOf)}
          first={provider && !provider.models.some((model) => model.includes("*")) ? `${provider.name}/${provider.models[0] ?? ""}` : ""}
          onClose={() => setAdding(false)}
          onSet={(route) => {
            setAdding(false);
            open(route.alias);
          }}
        />
      )}
    </Frame>
  );
}

function First({ onAdd }: { onAdd: () => void }) {
  return (
    <Empty icon="delegate" title="No route is set" command="holdfast gateway routes set smart --to anthropic/claude-sonnet-4-5 --to openai/gpt-4o" action={<Button onClick={onAdd}>Add a route</Button>}>
      Clients reach every model by its own name without one. A route gives several models one name: the next answers when the first fails, and what is answered may be given again.
    </Empty>
  );
}
