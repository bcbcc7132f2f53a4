/** Runs, their steps and their conversations. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { quote } from "~/lib/query";
import { readOutline } from "~/lib/outline";
import { SOUGHT } from "./asking";
import { api, FIRST, taken } from "./client";
import type { paths } from "./schema.gen";

export type RunQuery = NonNullable<paths["/v1/runs"]["get"]["parameters"]["query"]>;

const RUNS_PAGE = 100;

export const runsQuery = (query: RunQuery) =>
  infiniteQueryOptions({
    queryKey: ["runs", query],
    queryFn: ({ pageParam, signal }) => taken(api.GET("/v1/runs", { params: { query: { ...query, cursor: pageParam, limit: RUNS_PAGE } }, signal })),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.next ?? null,
  });

export type ListForm = "csv" | "json";

/** Where the newest thousand of what is listed are downloaded from. */
export const runsFile = (q: string, form: ListForm) => `/v1/runs?${new URLSearchParams({ q, limit: "1000", format: form })}`;

/** A few runs by their text, for the palette. */
export const runSearchQuery = (q: string) =>
  queryOptions({
    queryKey: ["run-search", q],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs", { params: { query: { q: quote(q), limit: 8 } }, signal })),
  });

export const runQuery = (run: string) =>
  queryOptions({
    queryKey: ["run", run],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}", { params: { path: { run } }, signal })),
    ...SOUGHT,
  });

/** The whole run in columns. It is asked for again when something changed, never because time passed. */
export const outlineQuery = (run: string) =>
  queryOptions({
    queryKey: ["outline", run],
    queryFn: async ({ signal }) => readOutline(await taken(api.GET("/v1/runs/{run}/outline", { params: { path: { run } }, signal }))),
    staleTime: Infinity,
    // Columns are replaced whole; comparing fifty thousand entries with the ones before would cost more.
    structuralSharing: false,
  });

/** The steps that are looked at, by their ids. */
export const windowQuery = (run: string, ids: readonly string[]) =>
  queryOptions({
    queryKey: ["window", run, ids],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}/steps", { params: { path: { run }, query: { ids: ids.join(",") } }, signal })),
    enabled: ids.length > 0,
    placeholderData: (previous) => previous,
  });

/** Two runs side by side. */
export const comparisonQuery = (run: string, other: string) =>
  queryOptions({
    queryKey: ["comparison", run, other],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}/compare", { params: { path: { run }, query: { with: other } }, signal })),
    staleTime: Infinity,
  });

export type ExportForm = "json" | "csv" | "otlp";

/** Where a run is downloaded from. */
export const exportPath = (run: string, form: ExportForm) => `/v1/runs/${encodeURIComponent(run)}/export?as=${form}`;

export const stepQuery = (step: string, trace: string) =>
  queryOptions({
    queryKey: ["step", step],
    queryFn: ({ signal }) => taken(api.GET("/v1/steps/{step}", { params: { path: { step }, query: { trace } }, signal })),
    ...SOUGHT,
  });

/** What the run's steps name beside their parents, and what names them. */
export const linksQuery = (run: string) =>
  queryOptions({
    queryKey: ["links", run],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}/links", { params: { path: { run } }, signal })),
  });

export const conversationQuery = (run: string, steps: number) =>
  queryOptions({
    // The number of steps is part of the key: a conversation grows only when the run does.
    queryKey: ["conversation", run, steps],
    queryFn: ({ signal }) => taken(api.GET("/v1/runs/{run}/conversation", { params: { path: { run } }, signal })),
    placeholderData: (previous) => previous,
  });
