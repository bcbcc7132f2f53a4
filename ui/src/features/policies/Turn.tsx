/** One verdict becomes another. */
import { VERDICTS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import styles from "./Bench.module.css";

export function Turn({ before, after }: { before: string; after: string }) {
  return (
    <span className={styles["turn"]}>
      <Said word={before} />
      <span aria-label="becomes">→</span>
      <Said word={after} />
    </span>
  );
}

function Said({ word }: { word: string }) {
  return word in VERDICTS ? <Badge {...VERDICTS[word as keyof typeof VERDICTS]} quiet /> : <span>{word}</span>;
}
