/** Where a run turned. */
import { queryOptions } from "@tanstack/react-query";
import { api, taken } from "./client";

export const attributionQuery = (run: string) =>
  queryOptions({
    queryKey: ["attribution", run],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}/attribution", { params: { path: { run } }, signal })),
  });
