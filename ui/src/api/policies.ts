/** Policy files: what is in force, trying drafts, saving them, and how much each rule counts. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";
import type { LevelAsk, SourceAsk } from "./types";

export const policiesQuery = queryOptions({
  queryKey: ["policies", "all"],
  queryFn: ({ signal }) => taken(api.GET("/v1/policies", { signal })),
});

export const enforcementQuery = queryOptions({
  queryKey: ["enforcement"],
  queryFn: ({ signal }) => taken(api.GET("/v1/enforcement", { signal })),
});

/** What policies can be made of; it is the same until the server is another one. */
export const presetsQuery = queryOptions({
  queryKey: ["presets"],
  queryFn: ({ signal }) => taken(api.GET("/v1/presets", { signal })),
  staleTime: Infinity,
});

/** What is wrong or odd about a draft; asked anew for every text. */
export const checkQuery = (sources: SourceAsk[]) =>
  queryOptions({
    queryKey: ["check", sources],
    queryFn: ({ signal }) => taken(api.POST("/v1/policies/check", { body: { sources }, signal })),
    placeholderData: (previous) => previous,
    gcTime: 10_000,
  });

export function useTests() {
  return useMutation({ mutationFn: (sources: SourceAsk[]) => taken(api.POST("/v1/policies/test", { body: { sources } })) });
}

export function useDiff() {
  return useMutation({ mutationFn: (sources: SourceAsk[]) => taken(api.POST("/v1/policies/diff", { body: { new: sources } })) });
}

export function useBacktest() {
  return useMutation({ mutationFn: ({ sources, since }: { sources: SourceAsk[]; since: string }) => taken(api.POST("/v1/policies/backtest", { body: { sources, since, agent: "", limit: 100_000 } })) });
}

export const versionsQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: ["policies", "versions", name],
    queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/policies/{name}/versions", { params: { path: { name }, query: { cursor: pageParam } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
  });

function useRefresh() {
  const client = useQueryClient();
  return () => Promise.all(["policies", "enforcement"].map((key) => client.invalidateQueries({ queryKey: [key] })));
}

export function useSave() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ name, text, kind, by }: SourceAsk & { by: string }) => taken(api.PUT("/v1/policies/{name}", { params: { path: { name } }, body: { text, kind: kind ?? "yaml", by } })),
    onSuccess: refresh,
  });
}

export function useDelete(name: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (by: string) => taken(api.DELETE("/v1/policies/{name}", { params: { path: { name } }, body: { by } })), onSuccess: refresh });
}

export function useRestore(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ n, by }: { n: number; by: string }) => taken(api.POST("/v1/policies/{name}/versions/{n}/restore", { params: { path: { name, n } }, body: { by } })),
    onSuccess: refresh,
  });
}

export function useLevel(rule: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: LevelAsk) => taken(api.PUT("/v1/enforcement/{rule}", { params: { path: { rule } }, body })),
    onSuccess: refresh,
  });
}

/** The rule counts again as its file says. */
export function useOwnLevel(rule: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (by: string) => taken(api.DELETE("/v1/enforcement/{rule}", { params: { path: { rule } }, body: { by } })),
    onSuccess: refresh,
  });
}
