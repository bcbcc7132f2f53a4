/** What a search can be narrowed by: values with how often they occur; a press adds one or takes it away. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { facetsQuery } from "~/api/search";
import { count } from "~/lib/counts";
import styles from "./Facets.module.css";

export function Facets({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const { data } = useQuery({ ...facetsQuery(q), placeholderData: keepPreviousData });
  const facets = (data?.items ?? []).filter(({ values }) => values.length > 0);
  return (
    <nav className={styles["facets"]} aria-label="Narrow by">
      {facets.map(({ field, about, values }) => (
        <section key={field} aria-label={field}>
          <h2 title={about}>{field}</h2>
          <ul>
            {values.map((value) => (
              <li key={value.value}>
                <button type="button" aria-pressed={value.chosen} onClick={() => onChange(value.q)} title={`${field}:${value.value}`}>
                  <Value text={value.value} />
                  <small>{count(value.count)}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

/** Of a dotted name too long for its place the beginning gives way: what tells it from its siblings is its end. */
function Value({ text }: { text: string }) {
  const end = text.lastIndexOf(".") + 1;
  return (
    <span>
      {end > 0 && <b>{text.slice(0, end)}</b>}
      <b>{text.slice(end)}</b>
    </span>
  );
}
