/** The steps of a run: small runs load whole, large ones as they are scrolled. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { stepsQuery } from "~/api/runs";
import type { Step } from "~/api/types";

const WHOLE = 3_000;
const NONE: readonly Step[] = [];

export function useSteps(run: string) {
  const query = useInfiniteQuery(stepsQuery(run));
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const steps = useMemo(() => data?.pages.flatMap((page) => page.items) ?? NONE, [data]);
  const more = useCallback(() => hasNextPage && !isFetchingNextPage && void fetchNextPage(), [hasNextPage, isFetchingNextPage, fetchNextPage]);
  useEffect(() => {
    if (steps.length > 0 && steps.length < WHOLE) more();
  }, [steps.length, more]);
  return { query, steps, more, complete: !hasNextPage };
}
