/** `/`: what runs now, what waits, what it costs, and STOP. */
import { useQuery } from "@tanstack/react-query";
import { fleetQuery } from "~/api/fleet";
import { Agents } from "~/features/fleet/Agents";
import { Figures } from "~/features/fleet/Figures";
import { RunningNow } from "~/features/fleet/RunningNow";
import { Waiting } from "~/features/fleet/Waiting";
import { Kills } from "~/features/kills/Kills";
import { useKeys } from "~/lib/keys";
import { Button } from "~/ui/Button";
import { Loaded } from "~/ui/Loaded";
import { Page } from "~/ui/Page";
import { Connect } from "~/features/fleet/Connect";
import styles from "./fleet.module.css";
import { paths } from "./paths";
import { useStopRequest } from "./stop";

export function FleetRoute() {
  const query = useQuery(fleetQuery);
  const stop = useStopRequest();
  const stopAll = () => stop({ scope: "org", target: "" });
  useKeys({ s: stopAll });
  return (
    <Page
      title="Fleet"
      actions={
        <Button look="stop" icon="halt" keys="S" onClick={stopAll} aria-keyshortcuts="s">
          Stop everything
        </Button>
      }
    >
      <Loaded query={query}>
        {(fleet) =>
          fleet.agents.length === 0 && fleet.running.length === 0 ? (
            <Connect />
          ) : (
            <div className={styles["page"]}>
              <Figures fleet={fleet} runsPath={paths.runs} approvalsPath={paths.approvals()} />
              <div className={styles["columns"]}>
                <div className={styles["main"]}>
                  <RunningNow runs={fleet.running} pathOf={paths.run} onStop={(run) => stop({ scope: "run", target: run })} />
                  <Agents agents={fleet.agents} pathOf={(agent) => paths.runs({ agent })} onStop={(agent) => stop({ scope: "agent", target: agent })} />
                </div>
                <div className={styles["side"]}>
                  <Kills kills={fleet.kills} />
                  <Waiting approvals={fleet.waiting} pathOf={paths.approval} />
                </div>
              </div>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
