/** Runs, their steps and their conversations. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, FIRST, taken } from "./client";
import type { paths } from "./schema.gen";

export type RunQuery = NonNullable<paths["/v1/runs"]["get"]["parameters"]["query"]>;

const RUNS_PAGE = 100;
const STEPS_PAGE = 500;

export const runsQuery = (query: RunQuery) =>
  infiniteQueryOptions({
    queryKey: ["runs", query],
    queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/runs", { params: { query: { ...query, cursor: pageParam, limit: RUNS_PAGE } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
  });

/** A few runs by their text, for the palette. */
export const runSearchQuery = (q: string) =>
  queryOptions({
    queryKey: ["run-search", q],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs", { params: { query: { q, limit: 8 } }, signal })),
  });

export const runQuery = (run: string) =>
  queryOptions({
    queryKey: ["run", run],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}", { params: { path: { run } }, signal })),
  });

export const stepsQuery = (run: string) =>
  infiniteQueryOptions({
    queryKey: ["steps", run],
    queryFn: ({ pageParam, signal }) =>
      taken(api.GET("/v1/runs/{run}/steps", { params: { path: { run }, query: { cursor: pageParam, limit: STEPS_PAGE } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
  });

export const stepQuery = (step: string, trace: string) =>
  queryOptions({
    queryKey: ["step", step],
    queryFn: ({ signal }) => taken(api.GET("/v1/steps/{step}", { params: { path: { step }, query: { trace } }, signal })),
  });

export const conversationQuery = (run: string, steps: number) =>
  queryOptions({
    // The number of steps is part of the key: a conversation grows only when the run does.
    queryKey: ["conversation", run, steps],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}/conversation", { params: { path: { run } }, signal })),
    placeholderData: (previous) => previous,
  });
