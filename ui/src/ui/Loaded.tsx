/** A query's content, or what stands in its place while there is none. */
import type { ReactNode } from "react";
import { Fault } from "./Notice";
import { Skeleton } from "./Skeleton";

type Told = { message: string; detail?: string; hint?: string };
type Query<T> = { data: T | undefined; error: unknown; refetch: () => unknown };

export function Loaded<T>({ query, children, rows = 8 }: { query: Query<T>; children: (data: T) => ReactNode; rows?: number }) {
  if (query.data !== undefined) return children(query.data);
  if (!query.error) return <Skeleton rows={rows} />;
  const { message, detail, hint } = told(query.error);
  return <Fault title={message} detail={detail} hint={hint} onRetry={() => void query.refetch()} />;
}

function told(error: unknown): Told {
  return error instanceof Error ? error : { message: String(error) };
}
