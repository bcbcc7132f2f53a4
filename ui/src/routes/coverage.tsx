/** `/coverage`: how much is governed, what is not, what is down, and how often detectors are right. */
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { breakersQuery, coverageQuery, detectorsQuery } from "~/api/insight";
import { Breakers } from "~/features/coverage/Breakers";
import { Gaps } from "~/features/coverage/Gaps";
import { ReportCard } from "~/features/coverage/ReportCard";
import { Share } from "~/features/coverage/Share";
import { Loaded } from "~/ui/Loaded";
import { Page } from "~/ui/Page";
import { Tabs } from "~/ui/Tabs";
import styles from "./coverage.module.css";

const DAYS = ["1", "7", "30"] as const;
const NAMES = { "1": "Last day", "7": "7 days", "30": "30 days" };

export function CoverageRoute() {
  const [params, setParams] = useSearchParams();
  const days = DAYS.find((each) => each === params.get("days")) ?? "7";
  const coverage = useQuery(coverageQuery(Number(days)));
  const breakers = useQuery(breakersQuery);
  const detectors = useQuery(detectorsQuery);
  return (
    <Page title="Coverage" actions={<Tabs look="segments" label="Time" tabs={DAYS.map((id) => ({ id, label: NAMES[id] }))} value={days} onChange={(next) => setParams(next === "7" ? {} : { days: next }, { replace: true })} />}>
      <div className={styles["columns"]}>
        <div>
          <Loaded query={coverage} rows={10}>
            {(data) => (
              <>
                <Share coverage={data} />
                <Gaps gaps={data.gaps} />
              </>
            )}
          </Loaded>
        </div>
        <div>
          <Loaded query={breakers} rows={3}>
            {({ items }) => <Breakers breakers={items} />}
          </Loaded>
          <Loaded query={detectors} rows={6}>
            {({ items }) => <ReportCard scores={items} />}
          </Loaded>
        </div>
      </div>
    </Page>
  );
}
