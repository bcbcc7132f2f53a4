/** `/gateway/keys`: who may call, as whom, for how much and until when. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { keysQuery, routesQuery, statusQuery } from "~/api/gateway";
import type { GatewayKey, NewGatewayKey } from "~/api/types";
import { KEY_COLUMNS, KEY_NARROW, KEY_SPARE } from "~/features/gateway/keyColumns";
import { KeyPane } from "~/features/gateway/KeyPane";
import { MakeKey } from "~/features/gateway/MakeKey";
import { useNarrow } from "~/lib/narrow";
import { Button } from "~/ui/Button";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Search } from "~/ui/Search";
import { SplitPane } from "~/ui/SplitPane";
import { Tabs } from "~/ui/Tabs";
import { paths } from "../paths";
import { Frame } from "./Frame";
import { useListing } from "./listing";

const SHOWS = { active: "Active", all: "All" } as const;
const NONE = new Set<string>();
const textOf = (key: GatewayKey) => [key.name, key.agent, key.owner, key.prefix, key.state, ...key.models, ...key.labels, ...Object.values(key.tags)].join(" ");
const idOf = (key: GatewayKey) => key.id;

export function GatewayKeysRoute() {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewGatewayKey | null>(null);
  const query = useInfiniteQuery(keysQuery);
  const routes = useQuery(routesQuery).data?.items ?? [];
  const url = useQuery(statusQuery).data?.url || "http://127.0.0.1:7421";
  const every = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const listing = useListing(every, { name: "key", idOf, textOf, onNew: () => setMaking(true) });
  const { selected, set, close } = listing;
  const show = listing.params.get("show") === "all" ? "all" : "active";
  // Whoever looks at one that is over sees it in the list too.
  const keys = useMemo(() => listing.items.filter((key) => show === "all" || key.state === "active" || key.id === selected?.id), [listing.items, show, selected]);
  const narrow = useNarrow();
  const spare = selected ? KEY_SPARE : narrow ? KEY_NARROW : NONE;
  const more = () => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage();
  const list = (
    <Loaded query={query} rows={12}>
      {() => {
        if (every.length === 0) return <First onMake={() => setMaking(true)} />;
        if (keys.length === 0) return <Empty icon="key" title={listing.q ? "No key matches" : "No key is active"}>{show === "active" && <Button onClick={() => set({ show: "all" })}>Show those that are over</Button>}</Empty>;
        return <Grid label="Keys" columns={KEY_COLUMNS.filter((column) => !spare.has(column.id))} items={keys} keyOf={idOf} active={keys.findIndex((key) => key.id === (listing.items[listing.active]?.id ?? selected?.id))} onActive={(row) => listing.onActive(listing.items.findIndex((key) => key.id === keys[row]?.id))} onOpen={(key) => listing.open(key.id)} onEnd={more} />;
      }}
    </Loaded>
  );
  return (
    <Frame
      part="keys"
      actions={
        <>
          <Search label="Filter keys" placeholder="Name, agent, owner, model" value={listing.q} onChange={listing.search} />
          <Tabs look="segments" label="Show" tabs={(["active", "all"] as const).map((id) => ({ id, label: SHOWS[id] }))} value={show} onChange={(next) => set({ show: next === "all" ? "all" : "" })} />
          <Button look="ink" icon="key" keys="N" onClick={() => setMaking(true)}>
            Make a key
          </Button>
        </>
      }
    >
      {selected ? (
        <SplitPane
          name="keys"
          left={list}
          right={<KeyPane key={selected.id} keyOf={selected} secret={made?.id === selected.id ? made.secret : undefined} url={url} model={routes[0]?.alias ?? "MODEL"} callsPath={paths.gateway("calls", { q: selected.name })} agentPath={(agent) => paths.runs({ agent })} onSecret={setMade} onClose={close} />}
          initial={600}
          min={340}
          minRight={460}
        />
      ) : (
        list
      )}
      {making && (
        <MakeKey
          aliases={routes.map((route) => route.alias)}
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMade(key);
            setMaking(false);
            listing.open(key.id);
          }}
        />
      )}
    </Frame>
  );
}

function First({ onMake }: { onMake: () => void }) {
  return (
    <Empty icon="key" title="No client has a key yet" command="holdfast gateway keys create NAME --agent AGENT" action={<Button onClick={onMake}>Make a key</Button>}>
      A key says whom a client stands for, which models it may ask and how much it may spend. Clients that have credentials of their own send it beside them, as x-holdfast-key.
    </Empty>
  );
}
