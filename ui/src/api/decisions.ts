/** Why decisions came out as they did, and people who say that one was wrong. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "./client";
import type { FalseBlockAsk } from "./types";

export const explanationQuery = (step: string) =>
  queryOptions({
    queryKey: ["explanation", step],
    queryFn: ({ signal }) => taken(api.GET("/v1/decisions/{step}/explanation", { params: { path: { step } }, signal })),
    // What was decided stays decided; an answer of a person arrives as an event.
    staleTime: 60_000,
  });

export function useFalseBlock(step: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: FalseBlockAsk) => taken(api.POST("/v1/steps/{step}/false-block", { params: { path: { step } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["enforcement"] }),
  });
}
