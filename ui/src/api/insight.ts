/** What is governed, what is down, and how often detectors are right. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "./client";
import type { Breaker } from "./types";

export const coverageQuery = (days: number) =>
  queryOptions({
    queryKey: ["coverage", days],
    queryFn: ({ signal }) => taken(api.GET("/v1/coverage", { params: { query: { days } }, signal })),
    placeholderData: (previous) => previous,
  });

export const breakersQuery = queryOptions({
  queryKey: ["breakers"],
  queryFn: ({ signal }) => taken(api.GET("/v1/breakers", { signal })),
});

/** The corpora are read once; the figures are the same until the server is another one. */
export const detectorsQuery = queryOptions({
  queryKey: ["detectors"],
  queryFn: ({ signal }) => taken(api.GET("/v1/detectors/report", { signal })),
  staleTime: Infinity,
});

export function useCloseBreaker({ scope, name }: Pick<Breaker, "scope" | "name">) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (by: string) => taken(api.POST("/v1/breakers/{scope}/{name}/reset", { params: { path: { scope, name } }, body: { by } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["breakers"] }),
  });
}
