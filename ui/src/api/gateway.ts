/** The model gateway: how it does, its calls, keys, providers and routes, and the playground. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";
import type { GatewayKeyAsk, GatewayProviderAsk, GatewayRouteAsk, PlaygroundAsk } from "./types";

const LIVE_MS = 2000;
const CALLS = 200;
const PAGE = 200;

export const statusQuery = queryOptions({
  queryKey: ["gateway", "status"],
  queryFn: ({ signal }) => taken(api.GET("/v1/gateway", { signal })),
  // Rates and calls pass by the second; no event is worth sending for each.
  refetchInterval: LIVE_MS,
});

export const callsQuery = queryOptions({
  queryKey: ["gateway", "calls"],
  queryFn: ({ signal }) => taken(api.GET("/v1/gateway/calls", { params: { query: { limit: CALLS } }, signal })),
  refetchInterval: LIVE_MS,
});

export const keysQuery = infiniteQueryOptions({
  queryKey: ["gateway", "keys"],
  queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/gateway/keys", { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  initialPageParam: FIRST,
  getNextPageParam: (page) => page.next ?? null,
});

export const providersQuery = queryOptions({
  queryKey: ["gateway", "providers"],
  queryFn: ({ signal }) => taken(api.GET("/v1/gateway/providers", { params: { query: { limit: PAGE } }, signal })),
});

export const routesQuery = queryOptions({
  queryKey: ["gateway", "routes"],
  queryFn: ({ signal }) => taken(api.GET("/v1/gateway/routes", { params: { query: { limit: PAGE } }, signal })),
});

/** A change, after which everything of the gateway is asked for again. */
function useChange<Asked, Told>(change: (asked: Asked) => Promise<Told>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: ["gateway"] }) });
}

export const useMakeKey = () => useChange((body: GatewayKeyAsk) => taken(api.POST("/v1/gateway/keys", { body })));
export const useRotateKey = (key: string) => useChange((body: { grace_s: number; by: string }) => taken(api.POST("/v1/gateway/keys/{key}/rotate", { params: { path: { key } }, body })));
export const useRevokeKey = (key: string) => useChange((by: string) => taken(api.POST("/v1/gateway/keys/{key}/revoke", { params: { path: { key } }, body: { by } })));

export const useSetProvider = (provider: string) => useChange((body: GatewayProviderAsk) => taken(api.PUT("/v1/gateway/providers/{provider}", { params: { path: { provider } }, body })));
export const useRemoveProvider = (provider: string) => useChange((by: string) => taken(api.DELETE("/v1/gateway/providers/{provider}", { params: { path: { provider } }, body: { by } })));
export const useCheckProvider = (provider: string) => useChange(() => taken(api.POST("/v1/gateway/providers/{provider}/check", { params: { path: { provider } } })));

export const useSetRoute = (alias: string) => useChange((body: GatewayRouteAsk) => taken(api.PUT("/v1/gateway/routes/{alias}", { params: { path: { alias } }, body })));
export const useRemoveRoute = (alias: string) => useChange((by: string) => taken(api.DELETE("/v1/gateway/routes/{alias}", { params: { path: { alias } }, body: { by } })));

/** Sends one request for real, as somebody, and says what was decided about it. */
export const usePlay = () => useChange((body: PlaygroundAsk) => taken(api.POST("/v1/gateway/playground", { body })));
