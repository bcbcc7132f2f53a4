/** Sessions: conversations and jobs, each with its runs. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";
import type { ListForm } from "./runs";
import type { paths } from "./schema.gen";

export type SessionQuery = NonNullable<paths["/v1/sessions"]["get"]["parameters"]["query"]>;

const SESSIONS_PAGE = 100;
const RUNS_PAGE = 100;

export const sessionsQuery = (query: SessionQuery) =>
  infiniteQueryOptions({
    queryKey: ["sessions", query],
    queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/sessions", { params: { query: { ...query, cursor: pageParam, limit: SESSIONS_PAGE } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
  });

/** Where the newest thousand of what is listed are downloaded from. */
export const sessionsFile = (q: string, form: ListForm) => `/v1/sessions?${new URLSearchParams({ q, limit: "1000", format: form })}`;

export const sessionQuery = (session: string) =>
  queryOptions({
    queryKey: ["session", session],
    queryFn: ({ signal }) => taken(api.GET("/v1/sessions/{session}", { params: { path: { session } }, signal })),
  });

export const sessionRunsQuery = (session: string) =>
  infiniteQueryOptions({
    queryKey: ["session-runs", session],
    queryFn: ({ pageParam, signal }) =>
      taken(api.GET("/v1/sessions/{session}/runs", { params: { path: { session }, query: { cursor: pageParam, limit: RUNS_PAGE } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
  });
