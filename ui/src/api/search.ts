/** Searching: what may be typed, what it finds counted, and searches that were given a name. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "./client";
import type { ViewAsk, ViewEdit } from "./types";

const FACETS_FRESH_MS = 15_000;

/** Fields and values that may stand at the cursor of a search for runs. */
export const suggestQuery = (q: string, at: number) =>
  queryOptions({
    queryKey: ["search", "suggest", q, at],
    queryFn: ({ signal }) => taken(api.GET("/v1/search/suggest", { params: { query: { q, at, in: "runs" } }, signal })),
    staleTime: FACETS_FRESH_MS,
  });

/** How often each value occurs among the runs that a query finds. */
export const facetsQuery = (q: string) =>
  queryOptions({
    queryKey: ["search", "facets", q],
    queryFn: ({ signal }) => taken(api.GET("/v1/search/facets", { params: { query: { q, in: "runs" } }, signal })),
    staleTime: FACETS_FRESH_MS,
    refetchInterval: FACETS_FRESH_MS,
    retry: false,
  });

export const viewsQuery = queryOptions({
  queryKey: ["views"],
  queryFn: ({ signal }) => taken(api.GET("/v1/views", { params: { query: { in: "runs" } }, signal })),
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["views"] });
}

export function useSaveView() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: ViewAsk) => taken(api.POST("/v1/views", { body })), onSuccess: refresh });
}

export function useEditView() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: ({ view, ...body }: ViewEdit & { view: string }) => taken(api.PATCH("/v1/views/{view}", { params: { path: { view } }, body })), onSuccess: refresh });
}

export function useDeleteView() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (view: string) => taken(api.DELETE("/v1/views/{view}", { params: { path: { view } } })), onSuccess: refresh });
}
