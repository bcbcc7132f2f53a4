/** What providers billed, beside what was recorded. */
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { Problem } from "~/api/problem";
import { invoicesQuery, useImportInvoice, varianceQuery } from "~/api/spend";
import type { Variances } from "~/api/types";
import { usd } from "~/lib/money";
import { Button } from "~/ui/Button";
import { Loaded } from "~/ui/Loaded";
import { Empty, Fault } from "~/ui/Notice";
import { Panel } from "~/ui/Panel";
import table from "~/ui/Table.module.css";
import styles from "./Spend.module.css";

const REASONS: Record<Variances["items"][number]["reason"], string> = {
  matched: "the same",
  not_seen: "passed Holdfast by",
  not_billed: "not on the invoice",
  unpriced: "no known price here",
  day_shift: "days cut elsewhere",
  no_model: "tax, support, storage",
  unexplained: "no reason found",
};

type Props = { chosen: string; onChoose: (invoice: string) => void };

export function Invoices({ chosen, onChoose }: Props) {
  const query = useQuery(invoicesQuery);
  const input = useRef<HTMLInputElement>(null);
  const adding = useImportInvoice();
  const picked = (event: React.ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) adding.mutate({ file, by: "console" }, { onSuccess: (made) => onChoose(made.id) });
    event.target.value = "";
  };
  return (
    <Panel
      title="Invoices"
      actions={
        <>
          <input ref={input} type="file" accept=".csv,text/csv" hidden onChange={picked} aria-label="Cost export as CSV" />
          <Button icon="download" onClick={() => input.current?.click()}>
            Import CSV
          </Button>
        </>
      }
      flush
    >
      {adding.error instanceof Problem && <Fault title={adding.error.message} detail={adding.error.detail} hint={adding.error.hint} />}
      <Loaded query={query} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="spend" title="No invoice to compare with" command="holdfast costs import january.csv">
              Cost exports of OpenAI, Anthropic, Google, Azure and AWS
            </Empty>
          ) : (
            <ul className={styles["list"]} aria-label="Invoices">
              {items.map((one) => (
                <li key={one.id}>
                  <p className={styles["key"]}>
                    <button type="button" aria-pressed={one.id === chosen} onClick={() => onChoose(one.id === chosen ? "" : one.id)}>
                      {one.provider}, {one.first_day} to {one.last_day}
                    </button>
                  </p>
                  <p className={styles["end"]}>{usd(one.billed_usd)}</p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {chosen && <Explained invoice={chosen} />}
    </Panel>
  );
}

function Explained({ invoice }: { invoice: string }) {
  const query = useQuery(varianceQuery(invoice));
  return (
    <Loaded query={query} rows={4}>
      {(found) => (
        <>
          <p className={styles["told"]}>
            Billed <b>{usd(found.billed_usd)}</b>, recorded <b>{usd(found.recorded_usd)}</b>; {usd(found.unexplained_usd)} of the differences have no reason.
          </p>
          <table className={table["table"]} aria-label="Invoice explained">
            <thead>
              <tr>
                <th scope="col">Model, day</th>
                <th scope="col" className={table["end"]}>
                  Difference
                </th>
                <th scope="col">Because</th>
              </tr>
            </thead>
            <tbody>
              {found.items.map((one) => (
                <tr key={`${one.model} ${one.day}`}>
                  <td title={`billed ${usd(one.billed_usd)}, recorded ${usd(one.recorded_usd)}`}>
                    {one.model || "(no model)"} <span className={styles["quiet"]}>{one.day}</span>
                  </td>
                  <td className={table["end"]}>{usd(one.difference_usd)}</td>
                  <td>{REASONS[one.reason]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Loaded>
  );
}
