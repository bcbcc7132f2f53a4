/** When a question is put again: a server that was away may be back, and what has just happened may not be recorded yet. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { Problem } from "./problem";

const AWAY = 2;
const AWAY_MS_MAX = 30_000;
const LOOKS = 15;
const LOOK_MS = 2_000;

/** The server's refusals will not change by asking again; a missing answer may. */
export const retry = (failures: number, error: unknown) => failures < AWAY && !(error instanceof Problem && error.status >= 400 && error.status < 500);

const isMissing = (error: unknown) => error instanceof Problem && error.status === 404;

/** For what may have happened a moment ago: half a minute is looked for it before it is called missing. */
export const SOUGHT = {
  retry: (failures: number, error: unknown) => (isMissing(error) ? failures < LOOKS : retry(failures, error)),
  retryDelay: (failures: number, error: unknown) => (isMissing(error) ? LOOK_MS : Math.min(1_000 * 2 ** failures, AWAY_MS_MAX)),
};

/** Whether it was not there when last looked for, and is looked for still. */
export const isSought = (query: { isPending: boolean; failureReason: unknown }) => query.isPending && isMissing(query.failureReason);

/** Look at once for what was missing so far: it was just heard of. */
export function find(client: QueryClient, queryKey: QueryKey): void {
  if (isMissing(client.getQueryState(queryKey)?.fetchFailureReason)) void client.resetQueries({ queryKey, exact: true });
}
