/** Budgets: what may be used, how much of it is, and who holds the rest. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";
import type { BudgetAsk, BudgetEdit } from "./types";

const BUDGETS_PAGE = 200;

export const budgetsQuery = infiniteQueryOptions({
  queryKey: ["budgets"],
  queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/budgets", { params: { query: { cursor: pageParam, limit: BUDGETS_PAGE } }, signal })),
  initialPageParam: FIRST,
  getNextPageParam: (page) => page.next ?? null,
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["budgets"] });
}

export function useAddBudget() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: BudgetAsk) => taken(api.POST("/v1/budgets", { body })), onSuccess: refresh });
}

export function useEditBudget(budget: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: BudgetEdit) => taken(api.PATCH("/v1/budgets/{budget}", { params: { path: { budget } }, body })), onSuccess: refresh });
}

export function useRemoveBudget(budget: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (by: string) => taken(api.DELETE("/v1/budgets/{budget}", { params: { path: { budget } }, body: { by } })), onSuccess: refresh });
}
