/** Steps of other traces that this one came of or led to: each a click away, once it is here. */
import { Link } from "react-router";
import type { StepLink } from "~/api/types";
import { short } from "~/lib/counts";
import { JsonView } from "~/ui/JsonView";
import { Ago } from "~/ui/Time";
import type { Links } from "./links";
import styles from "./StepLinks.module.css";

export function StepLinks({ told, links }: { told: readonly StepLink[]; links: Links }) {
  return (
    <ul className={styles["list"]}>
      {told.map((one) => (
        <li key={`${one.direction} ${one.other_trace} ${one.other_step}`}>
          <span>{one.direction === "to" ? "names" : "named by"}</span>
          {one.other_run ? (
            <Link to={links.run(one.other_run, one.other_step)}>
              {one.agent}: {one.title || short(one.other_run)}
            </Link>
          ) : (
            <code title="Nothing of its trace has arrived">
              {one.other_trace}-{one.other_step}
            </code>
          )}
          <Ago at={one.at} />
          {Object.keys(one.attributes ?? {}).length > 0 && <JsonView value={one.attributes} label="what the link says" />}
        </li>
      ))}
    </ul>
  );
}
