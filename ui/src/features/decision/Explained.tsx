/** An explanation, part by part: what would have passed, the rules as they judged, what they saw, and whose they are. */
import { Link } from "react-router";
import type { Explanation } from "~/api/types";
import { VERDICTS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { CopyId } from "~/ui/CopyId";
import { Section } from "~/ui/Section";
import styles from "./Explained.module.css";
import { shownValue } from "./inputs";
import type { Links } from "./links";

type Props = { explanation: Explanation; run: string; links: Pick<Links, "run" | "rule">; /** Leaves out what a question says already. */ brief?: boolean };

export function Explained({ explanation, run, links, brief = false }: Props) {
  return (
    <>
      {explanation.would_pass_if.length > 0 && <Ways ways={explanation.would_pass_if} />}
      {explanation.rules.map((rule) => rule.text && <Rule key={`${rule.id} ${rule.source}`} rule={rule} path={links.rule(rule.id)} />)}
      <Saw explanation={explanation} />
      <Labels labels={explanation.labels} stepPath={(step) => links.run(run, step)} />
      {!brief && explanation.chain.length > 0 && (
        <Section title="On whose authority">
          <p>{explanation.chain.join(" → ")}</p>
        </Section>
      )}
      <Keepers keepers={explanation.who_may_change} />
      {explanation.notes.length > 0 && (
        <ul className={styles["notes"]} aria-label="Notes">
          {explanation.notes.map((note) => (
            <li key={note}>
            <Words text={note} />
          </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Ways({ ways }: { ways: Explanation["would_pass_if"] }) {
  return (
    <Section title="It would pass if" note="each was tried">
      <ul className={styles["ways"]} aria-label="It would pass if">
        {ways.map((way) => (
          <li key={way.text}>
            <Badge {...VERDICTS[way.verdict]} quiet />
            <Words text={way.text} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Rule({ rule, path }: { rule: Explanation["rules"][number]; path: string }) {
  return (
    <Section
      title="Rule"
      note={
        <span className={styles["place"]}>
          <Link to={path} className={styles["link"]} title="The rule as it is now">
            <code>{rule.id}</code>
          </Link>
          <CopyId value={`${rule.source}:${rule.line}`} label="place" />
          <span title="Beginning of the hash of its text: another text is another version">version {rule.version.slice(0, 8)}</span>
        </span>
      }
    >
      {/* Scrolled by keyboard too, hence focusable. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles["policy"]} tabIndex={0} aria-label={`Text of ${rule.id}`}>
        {rule.text}
      </pre>
    </Section>
  );
}

function Saw({ explanation }: { explanation: Explanation }) {
  const inputs = Object.entries(explanation.inputs);
  if (inputs.length === 0 && explanation.unendorsed.length === 0) return null;
  return (
    <Section title="What it looked at">
      <dl className={styles["inputs"]}>
        {inputs.map(([path, value]) => (
          <div key={path}>
            <dt>{path}</dt>
            <dd>{shownValue(value)}</dd>
          </div>
        ))}
        {explanation.unendorsed.length > 0 && (
          <div>
            <dt>chosen by nobody entitled</dt>
            <dd className={styles["unendorsed"]}>
              {explanation.unendorsed.map((value) => (
                <code key={value}>{value}</code>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </Section>
  );
}

function Labels({ labels, stepPath }: { labels: Explanation["labels"]; stepPath: (step: string) => string }) {
  if (labels.length === 0) return null;
  return (
    <Section title="Labels of the session">
      <ul className={styles["labels"]}>
        {labels.map(({ label, from, since_step: since }) => (
          <li key={label}>
            <code>{label}</code>
            {from ? `brought by ${from}` : since ? "" : "came with the session"}
            {since && (
              <Link to={stepPath(since)} className={styles["link"]}>
                in step {since.slice(0, 8)}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Keepers({ keepers }: { keepers: Explanation["who_may_change"] }) {
  const how = [...new Set(keepers.map((keeper) => keeper.how))].filter(Boolean);
  if (how.length === 0) return null;
  return (
    <Section title="Who may change it">
      <ul className={styles["keepers"]}>
        {how.map((sentence) => (
          <li key={sentence}>
            <Words text={sentence} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Between backticks stands a name. The parts of a sentence never move. */
function Words({ text }: { text: string }) {
  // oxlint-disable-next-line react/no-array-index-key
  return <span>{text.split("`").map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}</span>;
}
