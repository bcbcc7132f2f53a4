/** `/reliability`: how well agents do, what shall hold, and why people are asked. */
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { alertsQuery, escalationsQuery, rateSeriesQuery, reliabilityFile, reliabilityQuery, slosQuery } from "~/api/reliability";
import { ConductTable } from "~/features/reliability/ConductTable";
import { METRICS } from "~/features/reliability/names";
import { Objectives } from "~/features/reliability/Objectives";
import { RateChart } from "~/features/reliability/RateChart";
import { Reasons } from "~/features/reliability/Reasons";
import { ReliabilityFigures } from "~/features/reliability/ReliabilityFigures";
import { useKeys } from "~/lib/keys";
import { address, withValues } from "~/lib/params";
import { DAYS, DAYS_NAMES, readDays } from "~/lib/periods";
import { Loaded } from "~/ui/Loaded";
import { Page } from "~/ui/Page";
import { Panel } from "~/ui/Panel";
import { Tabs } from "~/ui/Tabs";
import { paths } from "./paths";
import styles from "./spend.module.css";

const BY = ["agent", "version"] as const;

export function ReliabilityRoute() {
  const [params, setParams] = useSearchParams();
  const days = readDays(params.get("days"));
  const by = BY.find((each) => each === params.get("by")) ?? "agent";
  const metric = METRICS.find(({ id }) => id === params.get("metric"))?.id ?? "task_success";
  const agent = params.get("agent") ?? "";
  const found = useQuery(reliabilityQuery(by, days));
  const series = useQuery(rateSeriesQuery(metric, agent, days));
  const slos = useQuery(slosQuery);
  const alerts = useQuery(alertsQuery);
  const reasons = useQuery(escalationsQuery(days));
  const set = (changes: Record<string, string>) => setParams(() => withValues(address(), changes), { replace: true });
  const step = (way: number) => {
    const here = METRICS.findIndex(({ id }) => id === metric);
    set({ metric: METRICS[(here + way + METRICS.length) % METRICS.length]?.id ?? "" });
  };
  useKeys({ "[": () => step(-1), "]": () => step(1), Escape: () => set({ agent: "" }) });
  const objective = slos.data?.items.find((slo) => slo.indicator === metric && slo.agent === agent)?.objective;
  return (
    <Page
      title="Reliability"
      actions={
        <>
          <Tabs look="segments" label="By" tabs={BY.map((id) => ({ id, label: `By ${id}` }))} value={by} onChange={(next) => set({ by: next === "agent" ? "" : next })} />
          <Tabs look="segments" label="Time" tabs={DAYS.map((id) => ({ id, label: DAYS_NAMES[id] }))} value={days} onChange={(next) => set({ days: next === "7" ? "" : next })} />
          <a className={styles["file"]} href={reliabilityFile(by, days, "csv")} download={`reliability-by-${by}.csv`}>
            CSV
          </a>
          <a className={styles["file"]} href={reliabilityFile(by, days, "json")} download={`reliability-by-${by}.json`}>
            JSON
          </a>
        </>
      }
    >
      <div className={styles["page"]}>
        <Loaded query={found} rows={2}>
          {(data) => <ReliabilityFigures found={data} />}
        </Loaded>
        <Panel
          title={agent ? `Over time, ${agent}` : "Over time"}
          actions={<Tabs look="segments" label="Metric" tabs={METRICS.map(({ id, label }) => ({ id, label }))} value={metric} onChange={(next) => set({ metric: next === "task_success" ? "" : next })} />}
        >
          <Loaded query={series} rows={7}>
            {(data) => <RateChart series={data} days={days} objective={objective} />}
          </Loaded>
        </Panel>
        <Panel title={`By ${by}`} flush>
          <Loaded query={found} rows={6}>
            {(data) => <ConductTable items={data.items} by={by} chosen={agent} onChoose={(next) => set({ agent: next })} />}
          </Loaded>
        </Panel>
        <div className={styles["columns"]}>
          <div>
            <Loaded query={reasons} rows={4}>
              {(data) => <Reasons found={data} runPath={paths.run} />}
            </Loaded>
          </div>
          <div>
            <Loaded query={slos} rows={4}>
              {(data) => <Objectives slos={data.items} alerts={alerts.data?.items ?? []} />}
            </Loaded>
          </div>
        </div>
      </div>
    </Page>
  );
}
