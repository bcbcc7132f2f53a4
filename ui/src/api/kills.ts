/** Orders to stop. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, taken } from "./client";
import type { KillAsk } from "./types";

function useRefresh() {
  const client = useQueryClient();
  return () => Promise.all(["fleet", "runs", "run"].map((key) => client.invalidateQueries({ queryKey: [key] })));
}

export function useStop() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: KillAsk) => taken(api.POST("/v1/kills", { body })),
    onSuccess: refresh,
  });
}

export function useLift() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ kill, by }: { kill: string; by: string }) => taken(api.DELETE("/v1/kills/{kill_id}", { params: { path: { kill_id: kill } }, body: { by } })),
    onSuccess: refresh,
  });
}
