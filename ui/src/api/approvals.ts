/** Questions to a person, and the answers. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";
import type { Answer, Approval, ApprovalState } from "./types";

export const approvalsQuery = (state: ApprovalState[]) =>
  infiniteQueryOptions({
    queryKey: ["approvals", state],
    queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/approvals", { params: { query: { state, cursor: pageParam } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
  });

export const approvalQuery = (approval: string) =>
  queryOptions({
    queryKey: ["approval", approval],
    queryFn: ({ signal }) => taken(api.GET("/v1/approvals/{approval}", { params: { path: { approval } }, signal })),
  });

export function useAnswer(approval: Approval) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Answer) => taken(api.POST("/v1/approvals/{approval}/answer", { params: { path: { approval: approval.id } }, body })),
    onSuccess: (answered) => client.setQueryData(approvalQuery(approval.id).queryKey, answered),
    // Also after a conflict: somebody else's answer must show.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["approvals"] }),
        client.invalidateQueries({ queryKey: ["approval", approval.id] }),
        client.invalidateQueries({ queryKey: ["fleet"] }),
      ]),
  });
}
