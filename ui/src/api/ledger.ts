/** The tamper-evident log. */
import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";

const LEDGER_PAGE = 200;

export const ledgerQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["ledger", "entries", q],
    queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/ledger", { params: { query: { q, cursor: pageParam, limit: LEDGER_PAGE } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
    placeholderData: (previous) => previous,
  });

export const checkpointQuery = queryOptions({
  queryKey: ["ledger", "checkpoint"],
  queryFn: ({ signal }) => taken(api.GET("/v1/ledger/checkpoint", { signal })),
});

export function useVerify() {
  return useMutation({ mutationFn: () => taken(api.POST("/v1/ledger/verify")) });
}

/** A leaf with its proof; a leaf never changes, its proof grows with the log. */
export const receiptQuery = (index: number) =>
  queryOptions({
    queryKey: ["receipt", index],
    queryFn: ({ signal }) => taken(api.GET("/v1/ledger/{index}/receipt", { params: { path: { index } }, signal })),
  });
