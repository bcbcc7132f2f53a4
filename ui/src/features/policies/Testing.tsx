/** The tests that stand beside the policies, run on the draft. */
import { useTests } from "~/api/policies";
import type { SourceAsk, Tried } from "~/api/types";
import { plural } from "~/lib/counts";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import styles from "./Bench.module.css";
import { Ran } from "./Ran";

export function Testing({ sources }: { sources: SourceAsk[] }) {
  const tests = useTests();
  return (
    <Ran run={tests} stale={tests.variables !== sources} start={<Button onClick={() => tests.mutate(sources)}>Run the tests</Button>} idle="The cases of every .test.yaml file, on the policies as they are drafted here.">
      {(tried) => <Cases tried={tried} />}
    </Ran>
  );
}

function Cases({ tried }: { tried: Tried }) {
  if (tried.cases.length === 0) return <p className={styles["quiet"]}>There are no tests yet. A file that ends in .test.yaml holds them.</p>;
  const failedFirst = tried.cases.toSorted((a, b) => Number(a.ok) - Number(b.ok));
  return (
    <>
      <p className={styles["lead"]}>
        {tried.failed > 0 ? <Badge tone="deny" icon="deny" label={`${tried.failed} failed`} /> : <Badge tone="allow" icon="allow" label="all pass" />}
        {plural(tried.passed, "case")} passed
      </p>
      <ul className={styles["cases"]} aria-label="Cases">
        {failedFirst.map((each) => (
          <li key={`${each.file} ${each.line} ${each.name}`}>
            <Badge {...(each.ok ? { tone: "allow", icon: "allow", label: "ok" } : { tone: "deny", icon: "failed", label: "failed" })} quiet />
            <span>{each.name}</span>
            <span className={styles["quiet"]}>{each.ok ? each.got : `expected ${each.expected}, got ${each.got}`}</span>
            <code className={styles["quiet"]}>
              {each.file}:{each.line}
            </code>
            {!each.ok && each.why && <p>{each.why}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}
