/** Every version of a file: what was done, by whom, when; an older one can be taken up or put in force. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useRestore, versionsQuery } from "~/api/policies";
import { asProblem } from "~/api/problem";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Loaded } from "~/ui/Loaded";
import { Ago } from "~/ui/Time";
import styles from "./Bench.module.css";

type Props = { name: string; /** The text in force. */ current: string | undefined; onTake: (text: string) => void };

export function Versions({ name, current, onTake }: Props) {
  const query = useInfiniteQuery(versionsQuery(name));
  const restore = useRestore(name);
  const [by] = useRemembered("name", "");
  return (
    <Loaded query={query} rows={3}>
      {({ pages }) => {
        const editions = pages.flatMap((page) => page.items);
        if (editions.length === 0) return <p className={styles["quiet"]}>It was never edited here; the first save keeps what stands on the disk as version 1.</p>;
        return (
          <>
            {restore.error && (
              <p role="alert" className={styles["problem"]}>
                {asProblem(restore.error).detail || asProblem(restore.error).message} {asProblem(restore.error).hint}
              </p>
            )}
            <ul className={styles["versions"]} aria-label="Versions">
              {editions.map((edition) => (
                <li key={edition.n}>
                  <b>{edition.n}</b>
                  <span>
                    {edition.event} by {edition.by || "the disk"}, <Ago at={edition.at} />
                  </span>
                  {edition.text === current && <span className={styles["quiet"]}>in force</span>}
                  <Button look="quiet" onClick={() => onTake(edition.text)}>
                    Open as draft
                  </Button>
                  <Button disabledReason={edition.text === current ? "It is in force" : edition.event === "deleted" ? "It has no text" : !by.trim() ? "Say your name beside Save first; it is recorded" : restore.isPending ? "Sending" : undefined} onClick={() => restore.mutate({ n: edition.n, by: by.trim() })}>
                    Restore
                  </Button>
                </li>
              ))}
            </ul>
            {query.hasNextPage && (
              <Button look="quiet" onClick={() => void query.fetchNextPage()}>
                Load more
              </Button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
