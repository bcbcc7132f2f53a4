/** How well agents do, objectives, and why people are asked. */
import { queryOptions } from "@tanstack/react-query";
import { EVERY, sinceOf, zone, type Days } from "~/lib/periods";
import { api, taken } from "./client";
import type { Metric } from "./types";

const ROWS = 200;
const REFRESH_MS = 30_000;
const keep = { placeholderData: <T>(previous: T | undefined) => previous, refetchInterval: REFRESH_MS };

export const reliabilityQuery = (by: "agent" | "version", days: Days) =>
  queryOptions({
    queryKey: ["reliability", by, days],
    queryFn: ({ signal }) => taken(api.GET("/v1/reliability", { params: { query: { by, since: sinceOf(days), time_zone: zone(), limit: ROWS } }, signal })),
    ...keep,
  });

export const rateSeriesQuery = (metric: Metric, agent: string, days: Days) =>
  queryOptions({
    queryKey: ["reliability", "series", metric, agent, days],
    queryFn: ({ signal }) => taken(api.GET("/v1/reliability/series", { params: { query: { metric, agent, every: EVERY[days], since: sinceOf(days), time_zone: zone() } }, signal })),
    ...keep,
  });

export const escalationsQuery = (days: Days) =>
  queryOptions({
    queryKey: ["reliability", "escalations", days],
    queryFn: ({ signal }) => taken(api.GET("/v1/reliability/escalations", { params: { query: { since: sinceOf(days) } }, signal })),
    ...keep,
  });

export const slosQuery = queryOptions({
  queryKey: ["slos"],
  queryFn: ({ signal }) => taken(api.GET("/v1/slos", { params: { query: { limit: ROWS } }, signal })),
  refetchInterval: REFRESH_MS,
});

export const alertsQuery = queryOptions({
  queryKey: ["slos", "alerts"],
  queryFn: ({ signal }) => taken(api.GET("/v1/slos/alerts", { params: { query: { limit: 20 } }, signal })),
  refetchInterval: REFRESH_MS,
});

export const reliabilityFile = (by: "agent" | "version", days: Days, format: "csv" | "json") => `/v1/reliability?${new URLSearchParams({ by, since: sinceOf(days), time_zone: zone(), limit: "1000", format })}`;
