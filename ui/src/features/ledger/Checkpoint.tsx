/** The log's signed state, and the answer to "does it still hold?". */
import { useQuery } from "@tanstack/react-query";
import { checkpointQuery } from "~/api/ledger";
import { asProblem } from "~/api/problem";
import type { Verification } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { CopyId } from "~/ui/CopyId";
import styles from "./Checkpoint.module.css";

type Props = { verification: Verification | undefined; verifying: boolean; error: unknown; onShow: (index: number) => void };

export function Checkpoint({ verification, verifying, error, onShow }: Props) {
  const { data } = useQuery(checkpointQuery);
  return (
    <div className={styles["strip"]}>
      {data && (
        <p className={styles["facts"]}>
          <span>{data.origin}</span>
          <span>{plural(data.size, "record")} signed</span>
          <span>
            root <CopyId value={data.root} shown={data.root.slice(0, 16)} label="root" />
          </span>
          <span>
            key <CopyId value={data.key} shown={data.key.split("+")[1] ?? data.key.slice(0, 16)} label="key" />
          </span>
        </p>
      )}
      <div className={styles["result"]} aria-live="polite">
        {verifying ? "Reading every byte…" : error ? asProblem(error).message : verification && <Result verification={verification} onShow={onShow} />}
      </div>
    </div>
  );
}

function Result({ verification, onShow }: { verification: Verification; onShow: (index: number) => void }) {
  const { ok, size, bad_index: bad, error, took_ms } = verification;
  if (ok) {
    return (
      <>
        <Badge tone="allow" icon="allow" label="holds" />
        every one of {count(size)} records, in {duration(took_ms)}
      </>
    );
  }
  return (
    <>
      <Badge tone="halt" icon="halt" label="broken" />
      <b>{bad === null ? error : `Record ${count(bad)}: ${error}`}</b>
      {bad !== null && (
        <button type="button" onClick={() => onShow(bad)}>
          Show it
        </button>
      )}
    </>
  );
}
