/** One key: whom it stands for, what it may do, what it used, and the ways to change or end it. */
import { useState } from "react";
import { Link } from "react-router";
import type { GatewayKey, NewGatewayKey } from "~/api/types";
import { usd } from "~/lib/money";
import { useNow } from "~/lib/now";
import { KEY_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { CopyLine } from "~/ui/CopyLine";
import { Meter } from "~/ui/Meter";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { Ago, Remaining } from "~/ui/Time";
import { curlLine, environments } from "./clients";
import { EndKey, RotateKey } from "./endings";
import styles from "./KeyPane.module.css";
import { WINDOWS } from "./keyColumns";
import { ShownOnce } from "./ShownOnce";

type Props = { keyOf: GatewayKey; /** Known for a moment after it was made. */ secret: string | undefined; url: string; model: string; callsPath: string; agentPath: (agent: string) => string; onSecret: (made: NewGatewayKey | null) => void; onClose: () => void };

export function KeyPane({ keyOf: key, secret, url, model, callsPath, agentPath, onSecret, onClose }: Props) {
  const [open, setOpen] = useState<"rotate" | "end" | null>(null);
  const over = key.state === "active" ? undefined : `It is ${key.state}; make a new one`;
  const { openai } = environments(url, secret);
  return (
    <>
      <Pane
        label={`Key ${key.name}`}
        what="key"
        title={key.name}
        note={`acts as ${key.agent}`}
        actions={
          <>
            <Button disabledReason={over} onClick={() => setOpen("rotate")}>
              Rotate
            </Button>
            <Button disabledReason={over} onClick={() => setOpen("end")}>
              Revoke
            </Button>
          </>
        }
        onClose={onClose}
      >
        {secret && <ShownOnce secret={secret} onTaken={() => onSecret(null)} />}
        {key.budget_usd !== null && <Budget budget={key} limit={key.budget_usd} />}
        <Facts
          facts={[
            { name: "State", value: <Badge {...KEY_STATES[key.state]} quiet /> },
            { name: "Begins with", value: <code>{key.prefix}…</code> },
            { name: "Agent", value: <Link to={agentPath(key.agent)} className={styles["link"]}>{[key.agent, key.version].filter(Boolean).join("@")}</Link> },
            { name: "Owner", value: key.owner },
            { name: "Project", value: key.project },
            { name: "May ask", value: key.models.length > 0 ? <code>{key.models.join(", ")}</code> : "every model" },
            { name: "Data labels", value: key.labels.length > 0 ? <code>{key.labels.join(", ")}</code> : "" },
            { name: "Counted by", value: Object.entries(key.tags).map(([name, value]) => `${name}=${value}`).join(", ") },
            { name: "Ends", value: key.expires_at === null ? "never" : key.state === "expired" ? <Ago at={key.expires_at} /> : <>in <Remaining until={key.expires_at} /></> },
            { name: "Made", value: <>by {key.created_by}, <Ago at={key.created_at} /></> },
            { name: "Rotated", value: key.rotated_at && <Rotated at={key.rotated_at} until={key.state === "active" ? key.old_until : null} /> },
            { name: "Revoked", value: key.revoked_at && <>by {key.revoked_by}, <Ago at={key.revoked_at} /></> },
            { name: "Last used", value: key.last_used_at ? <Ago at={key.last_used_at} /> : "never" },
            { name: "Id", value: <CopyId value={key.id} label="key id" /> },
          ]}
        />
        {key.state === "active" && (
          <Section title="Use it" note={<Link to={callsPath} className={styles["link"]}>see its calls</Link>}>
            <div className={styles["lines"]}>
              <CopyLine label="For OpenAI's clients" text={openai} />
              <CopyLine label="From a shell" text={curlLine({ url, model: key.models.find((name) => !name.includes("*")) ?? model, ...(secret && { key: secret }) })} />
            </div>
          </Section>
        )}
      </Pane>
      {open === "rotate" && (
        <RotateKey
          keyOf={key}
          onClose={() => setOpen(null)}
          onMade={(made) => {
            setOpen(null);
            onSecret(made);
          }}
        />
      )}
      {open === "end" && <EndKey keyOf={key} onClose={() => setOpen(null)} />}
    </>
  );
}

function Budget({ budget, limit }: { budget: GatewayKey; limit: number }) {
  const used = budget.used_usd ?? 0;
  return (
    <div>
      <p className={styles["spent"]}>
        <b>{usd(used)}</b> of {usd(limit)} {WINDOWS[budget.budget_window ?? "none"]}
      </p>
      <Meter label={`Budget of ${budget.name}`} share={used / (limit || 1)} says={`${usd(used)} of ${usd(limit)}`} over={used >= limit} />
    </div>
  );
}

function Rotated({ at, until }: { at: string; until: string | null }) {
  const now = useNow();
  return (
    <>
      <Ago at={at} />
      {until && Date.parse(until) > now && (
        <>
          ; the old one is good for <Remaining until={until} />
        </>
      )}
    </>
  );
}
