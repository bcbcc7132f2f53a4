/** The filters of the list of runs. */
import type { ReactNode } from "react";
import { RUN_STATES, VERDICTS as LOOKS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Choices } from "~/ui/Choices";
import styles from "./FilterBar.module.css";
import { isNarrowed, NO_FILTERS, PERIODS, STATES, VERDICTS, type Filters, type Period } from "./filters";

type Props = { filters: Filters; agents: readonly string[]; /** The field that the query is typed into. */ field: ReactNode; onChange: (filters: Filters) => void };

const PERIOD_NAMES: Record<Period, string> = { "15m": "Last 15 minutes", "1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days" };

export function FilterBar({ filters, agents, field, onChange }: Props) {
  const set = (part: Partial<Filters>) => onChange({ ...filters, ...part });
  const names = [...new Set([...agents, ...filters.agent])].toSorted();
  return (
    <div className={styles["bar"]} role="search">
      {field}
      <Choices name="State" choices={STATES.map((value) => ({ value, label: <Badge {...RUN_STATES[value]} quiet /> }))} chosen={filters.state} onChange={(state) => set({ state })} />
      <Choices name="Verdict" choices={VERDICTS.map((value) => ({ value, label: <Badge {...LOOKS[value]} quiet /> }))} chosen={filters.verdict} onChange={(verdict) => set({ verdict })} />
      <Choices name="Agent" choices={names.map((value) => ({ value, label: value }))} chosen={filters.agent} onChange={(agent) => set({ agent })} />
      <Choices
        name="Time"
        single
        choices={(Object.keys(PERIODS) as Period[]).map((value) => ({ value, label: PERIOD_NAMES[value] }))}
        chosen={filters.period ? [filters.period] : []}
        onChange={([period]) => set({ period: period ?? null })}
      />
      {filters.session && (
        <span className={styles["session"]}>
          session <code>{filters.session.slice(0, 12)}</code>
        </span>
      )}
      {isNarrowed(filters) && (
        <Button look="quiet" onClick={() => onChange({ ...NO_FILTERS, sort: filters.sort, ascending: filters.ascending })}>
          Clear all
        </Button>
      )}
    </div>
  );
}
