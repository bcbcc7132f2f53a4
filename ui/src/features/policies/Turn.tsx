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

/** `ask (lead)` is an ask, and says of whom. */
function Said({ word }: { word: string }) {
  const verdict = word.split(" ")[0] ?? "";
  return verdict in VERDICTS ? <Badge {...VERDICTS[verdict as keyof typeof VERDICTS]} label={word} quiet /> : <span>{word}</span>;
}
