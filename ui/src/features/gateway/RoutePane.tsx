/** One route: what it stands for, how it chooses, and what its caches keep. */
import { useState } from "react";
import { Link } from "react-router";
import { useRemoveRoute } from "~/api/gateway";
import type { GatewayRoute, GatewayUpstream } from "~/api/types";
import { percent } from "~/lib/shares";
import { UPSTREAM_STATES } from "~/lib/states";
import { duration } from "~/lib/time";
import { Asking } from "~/ui/Asking";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { CopyLine } from "~/ui/CopyLine";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import table from "~/ui/Table.module.css";
import { Ago } from "~/ui/Time";
import { curlLine } from "./clients";
import { EditRoute } from "./EditRoute";
import styles from "./KeyPane.module.css";
import { Problem } from "./Problem";
import { cacheWords, STRATEGIES } from "./routeColumns";

const S = 1000;

type Props = { route: GatewayRoute; health: readonly GatewayUpstream[]; url: string; tryPath: string; providerPath: (provider: string) => string; onClose: () => void };

export function RoutePane({ route, health, url, tryPath, providerPath, onClose }: Props) {
  const [open, setOpen] = useState<"edit" | "remove" | null>(null);
  const { cache } = route;
  return (
    <>
      <Pane
        label={`Route ${route.alias}`}
        what="route"
        title={route.alias}
        note={STRATEGIES[route.strategy]}
        actions={
          <>
            <Button onClick={() => setOpen("edit")}>Edit</Button>
            <Button onClick={() => setOpen("remove")}>Remove</Button>
          </>
        }
        onClose={onClose}
      >
        {route.problem && <Problem text={route.problem} />}
        <Section title="Leads to">
          <Targets route={route} health={health} providerPath={providerPath} />
        </Section>
        <Facts
          facts={[
            { name: "Tries", value: `at most ${route.tries}; one retry for ${Math.round(1 / (route.retry_ratio || 1))} first tries over time` },
            { name: "A session", value: route.sticky ? "stays with the target that answered it" : "may change its target with every call" },
            { name: "Hedges", value: route.hedge_ms > 0 ? `asks a second target after ${duration(route.hedge_ms)} without a first byte` : "never" },
            { name: "Escalates", value: route.escalate && `to the next target when it is less sure of an answer than ${percent(route.escalate.threshold)}` },
            { name: "Said by", value: route.updated_at && <>{route.by}, <Ago at={route.updated_at} /></> },
          ]}
        />
        {cache && cacheWords(route) && (
          <Section title="Cache" note={cacheWords(route)}>
            <Facts
              facts={[
                { name: "Kept for", value: duration(cache.ttl_s * S) },
                { name: "Hit from", value: cache.semantic && `a likeness of ${cache.threshold}, by ${cache.embeddings === "local" ? "the embeddings that come with it" : cache.embeddings}` },
                { name: "Asked again", value: cache.semantic && `${percent(cache.sample)} of the hits, to count the false ones` },
                { name: "Tools", value: cache.tools ? "also requests that offer tools" : "no request that offers tools" },
                { name: "Personal data", value: cache.personal ? "also requests that hold some" : "no request that holds some" },
              ]}
            />
          </Section>
        )}
        <Section title="Ask it" note={<Link to={tryPath} className={styles["link"]}>in the playground</Link>}>
          <CopyLine label="From a shell" text={curlLine({ url, model: route.alias })} />
        </Section>
      </Pane>
      {open === "edit" && <EditRoute route={route} onClose={() => setOpen(null)} onSet={() => setOpen(null)} />}
      {open === "remove" && <Remove alias={route.alias} onClose={() => setOpen(null)} onGone={onClose} />}
    </>
  );
}

function Targets({ route, health, providerPath }: Pick<Props, "route" | "health" | "providerPath">) {
  const total = route.targets.reduce((sum, target) => sum + target.weight, 0) || 1;
  return (
    <table className={table["table"]} aria-label={`Targets of ${route.alias}`}>
      <tbody>
        {route.targets.map((target) => {
          const state = health.find((one) => one.name === `${target.provider}/${target.model}`)?.state;
          return (
            <tr key={`${target.provider}/${target.model}`}>
              <td>
                <Link to={providerPath(target.provider)} className={styles["link"]}>
                  {target.provider}/{target.model}
                </Link>
              </td>
              <td className={table["quiet"]}>{[route.strategy === "weight" ? percent(target.weight / total) : "", target.resumes ? "goes on where a stream broke" : ""].filter(Boolean).join(", ")}</td>
              <td className={table["end"]}>{state && <Badge {...UPSTREAM_STATES[state]} quiet />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Remove({ alias, onClose, onGone }: { alias: string; onClose: () => void; onGone: () => void }) {
  const remove = useRemoveRoute(alias);
  return <Asking title={`Remove the route ${alias}?`} does="Remove it" look="stop" leaves="Keep it" sent={remove} says={`A client that asks for ${alias} is told that there is no such model.`} onSend={(by) => remove.mutate(by, { onSuccess: onGone })} onClose={onClose} />;
}
