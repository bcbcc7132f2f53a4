/** `/gateway/playground`: one request, sent as somebody, and what was decided about it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { callsQuery, keysQuery, routesQuery, statusQuery } from "~/api/gateway";
import { API_WORDS, type Api } from "~/features/gateway/clients";
import { Playground, type Play } from "~/features/gateway/Playground";
import { modelOf } from "~/features/gateway/split";
import { address, withValues } from "~/lib/params";
import { paths } from "../paths";
import { Frame } from "./Frame";

const APIS = Object.keys(API_WORDS) as Api[];

export function GatewayPlaygroundRoute() {
  const [params, setParams] = useSearchParams();
  const keyPages = useInfiniteQuery(keysQuery).data?.pages;
  const keys = useMemo(() => keyPages?.flatMap((page) => page.items).filter((key) => key.state === "active") ?? [], [keyPages]);
  const routes = useQuery(routesQuery).data?.items;
  const calls = useQuery(callsQuery).data?.items;
  const models = useMemo(() => [...new Set([...(routes ?? []).map((route) => route.alias), ...(calls ?? []).map(modelOf)])], [routes, calls]);
  const url = useQuery(statusQuery).data?.url || "http://127.0.0.1:7421";
  const play: Play = { key: params.get("key") ?? "", agent: params.get("agent") ?? "playground", route: params.get("route") ?? models[0] ?? "", api: APIS.find((each) => each === params.get("api")) ?? "chat" };
  const set = (part: Partial<Play>) => setParams(() => withValues(address(), part), { replace: true });
  return (
    <Frame part="playground">
      <Playground play={play} keys={keys} models={models} url={url} stepPath={paths.run} onPlay={set} />
    </Frame>
  );
}
