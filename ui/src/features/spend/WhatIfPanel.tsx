/** The same tokens at another model's prices. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { whatIfQuery } from "~/api/spend";
import { usd } from "~/lib/money";
import type { Days } from "~/lib/periods";
import { Button } from "~/ui/Button";
import { Loaded } from "~/ui/Loaded";
import { Panel } from "~/ui/Panel";
import styles from "./Spend.module.css";

type Props = { days: Days; model: string; onModel: (model: string) => void };

export function WhatIfPanel({ days, model, onModel }: Props) {
  const [typed, setTyped] = useState(model);
  const query = useQuery(whatIfQuery(model, days));
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    onModel(typed.trim());
  };
  return (
    <Panel title="What if" flush>
      <form className={styles["form"]} onSubmit={submit}>
        <input aria-label="Another model" placeholder="claude-haiku-4-5" value={typed} onChange={(event) => setTyped(event.target.value)} spellCheck={false} />
        <Button type="submit">Price it</Button>
      </form>
      {model && (
        <Loaded query={query} rows={2}>
          {(found) => (
            <div className={styles["told"]} role="status">
              {found.would_cost_usd === null ? (
                <p>No price is known for {found.model}.</p>
              ) : (
                <p>
                  <b>{usd(found.would_cost_usd)}</b> instead of {usd(found.cost_usd)}
                  {found.difference_usd !== null && `: ${found.difference_usd < 0 ? "saves" : "costs"} ${usd(Math.abs(found.difference_usd))}${found.difference_usd < 0 ? "" : " more"}`}
                </p>
              )}
              <p className={styles["quiet"]}>{found.warnings.join(" · ")}</p>
            </div>
          )}
        </Loaded>
      )}
    </Panel>
  );
}
