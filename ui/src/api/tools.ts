/** Tools and their contracts. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";

const TOOLS_PAGE = 200;

export const toolsQuery = infiniteQueryOptions({
  queryKey: ["tools"],
  queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/tools", { params: { query: { cursor: pageParam, limit: TOOLS_PAGE } }, signal })),
  initialPageParam: FIRST,
  getNextPageParam: (page) => page.next ?? null,
});

export const toolQuery = (name: string) =>
  queryOptions({
    queryKey: ["tool", name],
    queryFn: ({ signal }) => taken(api.GET("/v1/tools/{name}", { params: { path: { name } }, signal })),
  });

/** Takes the contract that was looked at for the known one. */
export function useReview(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { fingerprint: string; by: string }) => taken(api.POST("/v1/tools/{name}/review", { params: { path: { name } }, body })),
    onSuccess: (tool) => client.setQueryData(toolQuery(name).queryKey, tool),
    // Also after a refusal: the contract may have changed meanwhile.
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["tools"] }), client.invalidateQueries({ queryKey: ["tool", name] })]),
  });
}
