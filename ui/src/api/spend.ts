/** What was spent, what it will come to, what stands out, and what was billed. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { EVERY, sinceOf, zone, type Days } from "~/lib/periods";
import { api, taken } from "./client";
import type { CostsBy } from "./types";

const ROWS = 200;
const REFRESH_MS = 30_000;
const keep = { placeholderData: <T>(previous: T | undefined) => previous, refetchInterval: REFRESH_MS };

export const costsQuery = (by: CostsBy, days: Days) =>
  queryOptions({
    queryKey: ["costs", by, days],
    queryFn: ({ signal }) => taken(api.GET("/v1/costs", { params: { query: { by, since: sinceOf(days), time_zone: zone(), limit: ROWS } }, signal })),
    ...keep,
  });

export const costSeriesQuery = (by: CostsBy, days: Days) =>
  queryOptions({
    queryKey: ["costs", "series", by, days],
    queryFn: ({ signal }) => taken(api.GET("/v1/costs/series", { params: { query: { by, every: EVERY[days], since: sinceOf(days), time_zone: zone() } }, signal })),
    ...keep,
  });

export const forecastQuery = (window: "day" | "month") =>
  queryOptions({
    queryKey: ["costs", "forecast", window],
    queryFn: ({ signal }) => taken(api.GET("/v1/costs/forecast", { params: { query: { window, time_zone: zone() } }, signal })),
    refetchInterval: REFRESH_MS,
  });

export const anomaliesQuery = (days: Days) =>
  queryOptions({
    queryKey: ["costs", "anomalies", days],
    queryFn: ({ signal }) => taken(api.GET("/v1/costs/anomalies", { params: { query: { since: sinceOf(days), limit: ROWS } }, signal })),
    ...keep,
  });

export const whatIfQuery = (model: string, days: Days) =>
  queryOptions({
    queryKey: ["costs", "what-if", model, days],
    queryFn: ({ signal }) => taken(api.GET("/v1/costs/what-if", { params: { query: { model_instead: model, since: sinceOf(days) } }, signal })),
    enabled: model !== "",
  });

export const invoicesQuery = queryOptions({
  queryKey: ["invoices"],
  queryFn: ({ signal }) => taken(api.GET("/v1/invoices", { params: { query: { limit: ROWS } }, signal })),
});

export const varianceQuery = (invoice: string) =>
  queryOptions({
    queryKey: ["invoices", invoice],
    queryFn: ({ signal }) => taken(api.GET("/v1/invoices/{invoice}/variance", { params: { path: { invoice }, query: { limit: ROWS } }, signal })),
    enabled: invoice !== "",
  });

export function useImportInvoice() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ file, by }: { file: File; by: string }) => {
      const text = await file.text();
      return taken(api.POST("/v1/invoices", { params: { query: { name: file.name, by } }, body: text, bodySerializer: (body: string) => body, headers: { "content-type": "text/csv" } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["invoices"] }),
  });
}

/** Where the same figures are as a file. */
export const costsFile = (by: CostsBy, days: Days, format: "csv" | "json") => `/v1/costs?${new URLSearchParams({ by, since: sinceOf(days), time_zone: zone(), limit: "1000", format })}`;
