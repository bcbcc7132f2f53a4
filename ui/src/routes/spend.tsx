/** `/spend`: what was spent, by whom and for whom, what it will come to, and what was billed. */
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { anomaliesQuery, costsFile, costSeriesQuery, costsQuery, forecastQuery } from "~/api/spend";
import type { CostsBy } from "~/api/types";
import { Invoices } from "~/features/spend/Invoices";
import { SpendChart } from "~/features/spend/SpendChart";
import { SpendFigures } from "~/features/spend/SpendFigures";
import { SpendTable } from "~/features/spend/SpendTable";
import { Standouts } from "~/features/spend/Standouts";
import { WhatIfPanel } from "~/features/spend/WhatIfPanel";
import { useKeys } from "~/lib/keys";
import { address, withValues } from "~/lib/params";
import { DAYS, DAYS_NAMES, readDays } from "~/lib/periods";
import { Loaded } from "~/ui/Loaded";
import { Page } from "~/ui/Page";
import { Panel } from "~/ui/Panel";
import { Tabs } from "~/ui/Tabs";
import { paths } from "./paths";
import styles from "./spend.module.css";

const BY: readonly CostsBy[] = ["agent", "version", "team", "workflow", "tool", "model", "customer", "release", "tag"];

export function SpendRoute() {
  const [params, setParams] = useSearchParams();
  const days = readDays(params.get("days"));
  const by = BY.find((each) => each === params.get("by")) ?? "agent";
  const chosen = params.get("key") ?? undefined;
  const costs = useQuery(costsQuery(by, days));
  const series = useQuery(costSeriesQuery(by, days));
  const month = useQuery(forecastQuery("month"));
  const anomalies = useQuery(anomaliesQuery(days));
  const set = (changes: Record<string, string>) => setParams(() => withValues(address(), changes), { replace: true });
  const step = (way: number) => set({ by: BY[(BY.indexOf(by) + way + BY.length) % BY.length] ?? "agent", key: "" });
  useKeys({ "[": () => step(-1), "]": () => step(1), Escape: () => set({ key: "" }) });
  return (
    <Page
      title="Spend"
      actions={
        <>
          <select aria-label="Add up by" className={styles["pick"]} value={by} title="[ and ] go through them" onChange={(event) => set({ by: event.target.value, key: "" })}>
            {BY.map((each) => (
              <option key={each} value={each}>
                by {each}
              </option>
            ))}
          </select>
          <Tabs look="segments" label="Time" tabs={DAYS.map((id) => ({ id, label: DAYS_NAMES[id] }))} value={days} onChange={(next) => set({ days: next === "7" ? "" : next })} />
          <a className={styles["file"]} href={costsFile(by, days, "csv")} download={`costs-by-${by}.csv`}>
            CSV
          </a>
          <a className={styles["file"]} href={costsFile(by, days, "json")} download={`costs-by-${by}.json`}>
            JSON
          </a>
        </>
      }
    >
      <div className={styles["page"]}>
        <Loaded query={costs} rows={2}>
          {(data) => <SpendFigures costs={data} month={month.data} />}
        </Loaded>
        <Panel title="Over time">
          <Loaded query={series} rows={7}>
            {(data) => <SpendChart series={data} days={days} chosen={chosen} onChoose={(key) => set({ key })} />}
          </Loaded>
        </Panel>
        <div className={styles["columns"]}>
          <div>
            <Panel title={`By ${by}`} note={costs.data?.overlapping ? "a call with two tags stands in two rows" : undefined} flush>
              <Loaded query={costs} rows={8}>
                {(data) => <SpendTable costs={data} series={series.data} chosen={chosen} onChoose={(key) => set({ key })} />}
              </Loaded>
            </Panel>
          </div>
          <div>
            <Loaded query={anomalies} rows={3}>
              {(data) => <Standouts found={data} runPath={paths.run} />}
            </Loaded>
            <WhatIfPanel days={days} model={params.get("instead") ?? ""} onModel={(instead) => set({ instead })} />
            <Invoices chosen={params.get("invoice") ?? ""} onChoose={(invoice) => set({ invoice })} />
          </div>
        </div>
      </div>
    </Page>
  );
}
