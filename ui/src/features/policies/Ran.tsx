/** Something that is run by hand: the button, what it will do, and what came of it. */
import type { ReactNode } from "react";
import { asProblem } from "~/api/problem";
import { Skeleton } from "~/ui/Skeleton";
import styles from "./Bench.module.css";

type Run<T> = { data: T | undefined; error: unknown; isPending: boolean };
type Props<T> = { run: Run<T>; /** The draft has changed since. */ stale: boolean; start: ReactNode; idle: string; children: (data: T) => ReactNode };

export function Ran<T>({ run, stale, start, idle, children }: Props<T>) {
  const { data, error, isPending } = run;
  return (
    <>
      <div className={styles["start"]}>
        {start}
        <p className={styles["quiet"]}>{data === undefined ? idle : stale && !isPending ? "The draft has changed since; run it again." : ""}</p>
      </div>
      {isPending ? (
        <Skeleton rows={3} label="Running" />
      ) : error ? (
        <p role="alert" className={styles["problem"]}>
          <b>{asProblem(error).message}.</b> {asProblem(error).detail} {asProblem(error).hint}
        </p>
      ) : (
        data !== undefined && <div className={stale ? styles["stale"] : undefined}>{children(data)}</div>
      )}
    </>
  );
}
