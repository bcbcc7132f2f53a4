/** The fleet as it stands, and the server about itself. */
import { queryOptions } from "@tanstack/react-query";
import { api, taken } from "./client";

const REFRESH_MS = 15_000;

export const fleetQuery = queryOptions({
  queryKey: ["fleet"],
  queryFn: ({ signal }) => taken(api.GET("/v1/fleet", { signal })),
  // Events say when something changed; the slow refresh lets rates fall when nothing does.
  refetchInterval: REFRESH_MS,
});

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => taken(api.GET("/v1/health", { signal })),
  refetchInterval: REFRESH_MS,
});
