/** What the span carried, word for word. */
import type { StepDetail } from "~/api/types";
import { JsonView } from "~/ui/JsonView";
import { Empty } from "~/ui/Notice";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import styles from "./AttributesTab.module.css";
import type { Links } from "./links";
import { StepLinks } from "./StepLinks";

export function AttributesTab({ step, links }: { step: StepDetail; links: Links }) {
  const attributes = Object.entries(step.attributes).toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <>
      <Section title="Ids">
        <Facts
          facts={[
            { name: "Step", value: <code>{step.id}</code> },
            { name: "Parent", value: step.parent && <code>{step.parent}</code> },
            { name: "Run", value: <code>{step.run}</code> },
            { name: "Trace", value: <code>{step.trace}</code> },
            { name: "Session", value: <code>{step.session}</code> },
          ]}
        />
      </Section>
      <Section title="Attributes" note={attributes.length}>
        {attributes.length === 0 ? (
          <Empty icon="span" title="The span carried no attributes" />
        ) : (
          <table className={styles["table"]}>
            <tbody>
              {attributes.map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{typeof value === "object" ? JSON.stringify(value) : String(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Section>
      {step.links.length > 0 && (
        <Section title="Links" note={step.links.length}>
          <StepLinks told={step.links} links={links} />
        </Section>
      )}
      {step.events.length > 0 && (
        <Section title="Events" note={step.events.length}>
          <JsonView value={step.events} label="events" />
        </Section>
      )}
    </>
  );
}
