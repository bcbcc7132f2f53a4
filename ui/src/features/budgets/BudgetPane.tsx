/** One budget: its gauge, whose accounts are how full, who holds what, and the way to change or end it. */
import { useState } from "react";
import { Link } from "react-router";
import type { Budget, Holder } from "~/api/types";
import { short } from "~/lib/counts";
import { BUDGET_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import table from "~/ui/Table.module.css";
import { Ago, Remaining } from "~/ui/Time";
import { amount, resetWords, whose, WINDOWS } from "./amounts";
import styles from "./BudgetPane.module.css";
import { EditLimit } from "./EditLimit";
import { Gauge } from "./Gauge";
import { Remove } from "./Remove";

type Props = { budget: Budget; runPath: (run: string) => string; onClose: () => void };

export function BudgetPane({ budget, runPath, onClose }: Props) {
  const [open, setOpen] = useState<"edit" | "remove" | null>(null);
  const { unit } = budget;
  const elsewhere = budget.source === "policy" ? "A policy file says it; change it there" : undefined;
  return (
    <>
      <Pane
        label={`Budget of ${whose(budget)}`}
        what="budget"
        title={whose(budget)}
        note={`${amount(budget.limit, unit)} ${WINDOWS[budget.window]}`}
        actions={
          <>
            <Button disabledReason={elsewhere} onClick={() => setOpen("edit")}>
              Change the limit
            </Button>
            <Button disabledReason={elsewhere} onClick={() => setOpen("remove")}>
              Remove
            </Button>
          </>
        }
        onClose={onClose}
      >
        <div>
          <div className={styles["figures"]}>
            <p>
              <b>{amount(budget.used, unit)}</b> used
            </p>
            <p>
              <b>{amount(budget.held, unit)}</b> held{budget.in_doubt > 0 && `, ${amount(budget.in_doubt, unit)} of it in doubt`}
            </p>
            <p>
              <b>{amount(budget.left, unit)}</b> left
            </p>
            <Badge {...BUDGET_STATES[budget.state]} />
          </div>
          <Gauge budget={budget} tall />
        </div>
        <Facts
          facts={[
            { name: "Fullest account", value: budget.accounts.length > 1 ? <code>{short(budget.fullest)}</code> : "" },
            { name: "Begins anew", value: budget.resets_at && `${resetWords(budget.resets_at, budget.time_zone)} (${budget.time_zone})` },
            { name: "Warns from", value: budget.soft === null ? "" : amount(budget.soft, unit) },
            { name: "When spent", value: budget.verdict === "ask" ? "a person is asked" : budget.verdict === "deny" ? "the action is refused" : "the run is stopped" },
            { name: "Unknown price", value: unit === "usd" ? (budget.unpriced === "deny" ? "refused" : "let through, not counted") : "" },
            { name: "Set by", value: budget.source === "policy" ? "a policy file" : <SetBy budget={budget} /> },
            { name: "Id", value: <CopyId value={budget.id} label="budget id" /> },
          ]}
        />
        {budget.inside ? <Inside budget={budget} /> : <Holders holders={budget.holders} unit={unit} runPath={runPath} />}
        {budget.accounts.length > 1 && <Accounts budget={budget} />}
      </Pane>
      {open === "edit" && <EditLimit budget={budget} onClose={() => setOpen(null)} />}
      {open === "remove" && <Remove budget={budget} onClose={() => setOpen(null)} onGone={onClose} />}
    </>
  );
}

/** Nobody leases a part of it, so nobody holds one. */
function Inside({ budget }: { budget: Budget }) {
  return (
    <Section title="Who counts">
      <p className={styles["quiet"]}>
        Each {budget.scope} keeps to it by itself, without asking anybody. What is used is read from the records of those that were active last; write <code>shared: true</code> in the policy file to count it here, for every process.
      </p>
    </Section>
  );
}

function SetBy({ budget }: { budget: Budget }) {
  return (
    <>
      {budget.by}, <Ago at={budget.updated_at} />
    </>
  );
}

function Holders({ holders, unit, runPath }: { holders: readonly Holder[]; unit: Budget["unit"]; runPath: Props["runPath"] }) {
  if (holders.length === 0) {
    return (
      <Section title="Who holds what">
        <p className={styles["quiet"]}>Nobody holds a part of it now.</p>
      </Section>
    );
  }
  return (
    <Section title="Who holds what" note="leased to processes, so that deciding needs no round trip">
      <table className={table["table"]}>
        <thead>
          <tr>
            <th>Agent</th>
            <th>Process</th>
            <th>Run</th>
            <th className={table["end"]}>Leased</th>
            <th className={table["end"]}>In use</th>
            <th className={table["end"]}>Ends in</th>
          </tr>
        </thead>
        <tbody>
          {holders.map((holder) => (
            <tr key={holder.lease}>
              <td>{holder.agent}</td>
              <td>
                <code title={holder.process}>{short(holder.process)}</code>
              </td>
              <td>
                {holder.run && (
                  <Link to={runPath(holder.run)} className={styles["link"]}>
                    {short(holder.run)}
                  </Link>
                )}
              </td>
              <td className={table["end"]}>{amount(holder.amount, unit)}</td>
              <td className={table["end"]}>{amount(holder.held, unit)}</td>
              <td className={table["end"]}>{holder.state === "expired" ? <span title="It counts as used until it is proved what became of it">expired</span> : <Remaining until={holder.expires_at} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Accounts({ budget }: { budget: Budget }) {
  return (
    <Section title="Accounts" note="the fullest first">
      <ul className={styles["accounts"]} aria-label="Accounts">
        {budget.accounts.map((account) => (
          <li key={account.key}>
            <code title={account.key}>{short(account.key)}</code>
            <Gauge budget={{ ...account, limit: budget.limit, soft: budget.soft, unit: budget.unit }} />
            <span>{amount(account.used, budget.unit)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
