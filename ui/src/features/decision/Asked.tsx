/** The explanation of a step where another page shows it: under a question, beside a record. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { explanationQuery } from "~/api/decisions";
import { VERDICTS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Section } from "~/ui/Section";
import { Skeleton } from "~/ui/Skeleton";
import styles from "./Asked.module.css";
import { Explained } from "./Explained";
import type { Links } from "./links";

type Props = { step: string; run: string; links: Pick<Links, "run" | "rule"> };

/** All of it; nothing while there is none, for the question itself says why it is asked. */
export function Asked({ step, run, links }: Props) {
  const { data, error } = useQuery(explanationQuery(step));
  if (error) return null;
  return data ? <Explained explanation={data} run={run} links={links} brief /> : <Skeleton rows={3} label="Loading the explanation" />;
}

/** Its headline, and the way to the rest. */
export function Headline({ step, run, links }: Props) {
  const { data } = useQuery(explanationQuery(step));
  if (!data) return null;
  return (
    <Section title="Why">
      <p className={styles["headline"]}>
        <Badge {...VERDICTS[data.verdict]} quiet />
        {data.headline}
      </p>
      <Link to={links.run(run, step)} className={styles["link"]}>
        The whole explanation
      </Link>
    </Section>
  );
}
