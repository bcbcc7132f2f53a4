/** `/gateway/providers`: who answers, whether they do, and with which secret they are asked. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { providersQuery, statusQuery } from "~/api/gateway";
import { EditProvider } from "~/features/gateway/EditProvider";
import { APIS, knownOf, PROVIDER_COLUMNS, PROVIDER_NARROW, PROVIDER_SPARE, type Known } from "~/features/gateway/providerColumns";
import { ProviderPane } from "~/features/gateway/ProviderPane";
import { useNarrow } from "~/lib/narrow";
import { Button } from "~/ui/Button";
import { Grid } from "~/ui/Grid";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Search } from "~/ui/Search";
import { SplitPane } from "~/ui/SplitPane";
import { Frame } from "./Frame";
import { useListing } from "./listing";

const NONE = new Set<string>();
const idOf = ({ provider }: Known) => provider.name;
const textOf = ({ provider, health }: Known) => [provider.name, provider.base_url, provider.region, health?.state ?? "", ...provider.apis.map((api) => APIS[api]), ...provider.models].join(" ");

export function GatewayProvidersRoute() {
  const [adding, setAdding] = useState(false);
  const query = useQuery(providersQuery);
  const health = useQuery(statusQuery).data?.providers;
  const all = useMemo(() => knownOf(query.data?.items ?? [], health ?? []), [query.data, health]);
  const { items, q, search, open, close, selected, active, onActive } = useListing(all, { name: "provider", idOf, textOf, onNew: () => setAdding(true) });
  const narrow = useNarrow();
  const spare = selected ? PROVIDER_SPARE : narrow ? PROVIDER_NARROW : NONE;
  const list = (
    <Loaded query={query} rows={8}>
      {() => {
        if (all.length === 0) return <First onAdd={() => setAdding(true)} />;
        if (items.length === 0) return <Empty icon="search" title="No provider matches" />;
        return <Grid label="Providers" columns={PROVIDER_COLUMNS.filter((column) => !spare.has(column.id))} items={items} keyOf={idOf} active={active} onActive={onActive} onOpen={(known) => open(idOf(known))} />;
      }}
    </Loaded>
  );
  return (
    <Frame
      part="providers"
      actions={
        <>
          <Search label="Filter providers" placeholder="Name, API, model, region" value={q} onChange={search} />
          <Button look="ink" icon="gateway" keys="N" onClick={() => setAdding(true)}>
            Add a provider
          </Button>
        </>
      }
    >
      {selected ? <SplitPane name="providers" left={list} right={<ProviderPane key={idOf(selected)} known={selected} onClose={close} />} initial={520} min={340} minRight={440} /> : list}
      {adding && (
        <EditProvider
          taken={all.map(idOf)}
          onClose={() => setAdding(false)}
          onSet={(provider) => {
            setAdding(false);
            open(provider.name);
          }}
        />
      )}
    </Frame>
  );
}

function First({ onAdd }: { onAdd: () => void }) {
  return (
    <Empty icon="gateway" title="Nobody answers model calls yet" command="OPENAI_API_KEY=… holdfast up" action={<Button onClick={onAdd}>Add a provider</Button>}>
      A server that has OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY in its environment knows those providers by itself. Any other is named here.
    </Empty>
  );
}
