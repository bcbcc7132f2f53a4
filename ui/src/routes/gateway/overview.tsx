/** `/gateway`: what passes, how fast, through whom, and what was not spent. */
import { useQuery } from "@tanstack/react-query";
import { callsQuery, providersQuery, routesQuery, statusQuery } from "~/api/gateway";
import { Caches } from "~/features/gateway/Caches";
import { curlLine } from "~/features/gateway/clients";
import { GatewayFigures } from "~/features/gateway/GatewayFigures";
import { LatestCalls } from "~/features/gateway/LatestCalls";
import { PointHere } from "~/features/gateway/PointHere";
import { knownOf } from "~/features/gateway/providerColumns";
import { modelOf } from "~/features/gateway/split";
import { SplitTable } from "~/features/gateway/SplitTable";
import { Upstreams } from "~/features/gateway/Upstreams";
import { Workers } from "~/features/gateway/Workers";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Panel } from "~/ui/Panel";
import { paths } from "../paths";
import { Frame } from "./Frame";
import styles from "./Frame.module.css";

export function GatewayRoute() {
  const status = useQuery(statusQuery);
  const calls = useQuery(callsQuery);
  const routes = useQuery(routesQuery).data?.items;
  const stored = useQuery(providersQuery).data?.items;
  return (
    <Frame part="overview">
      <Loaded query={status} rows={12}>
        {(told) => {
          if (!told.url) return <Off problem={told.problem} />;
          const seen = calls.data?.items ?? [];
          const providers = knownOf(stored ?? [], told.providers);
          const model = routes?.[0]?.alias ?? (modelOf(seen[0] ?? { provider: "", model: "" }) || "MODEL");
          return (
            <div className={styles["page"]}>
              <GatewayFigures status={told} providers={providers} calls={seen} />
              <div className={styles["columns"]}>
                <div>
                  {seen.length === 0 ? <FirstCall url={told.url} model={model} /> : <LatestCalls calls={seen} stepPath={paths.run} allPath={paths.gateway("calls")} />}
                  <Panel title="Where the time goes" note="medians of the latest calls" flush>
                    <SplitTable calls={seen} />
                  </Panel>
                  <Workers workers={told.workers} />
                </div>
                <div>
                  <PointHere url={told.url} model={model} keysPath={paths.gateway("keys")} />
                  <Upstreams providers={providers} pathOf={(provider) => paths.gateway("providers", { provider })} addPath={paths.gateway("providers")} />
                  <Caches cache={told.cache} />
                </div>
              </div>
            </div>
          );
        }}
      </Loaded>
    </Frame>
  );
}

function FirstCall({ url, model }: { url: string; model: string }) {
  return (
    <Panel title="Latest calls">
      <Empty icon="gateway" title="No call has come through yet" command={curlLine({ url, model })}>
        Make a key, then send the first one from a shell or from the playground.
      </Empty>
    </Panel>
  );
}

function Off({ problem }: { problem: string }) {
  return (
    <Empty icon="gateway" title="The gateway does not run" command="holdfast serve --role gateway">
      {problem || "No gateway has told this server of itself."}
    </Empty>
  );
}
