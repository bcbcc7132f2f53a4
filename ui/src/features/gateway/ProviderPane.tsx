/** One provider: where it is, what it speaks, whether it answers, and the ways to change it. */
import { useState } from "react";
import { useCheckProvider, useRemoveProvider } from "~/api/gateway";
import type { ProviderChecked } from "~/api/types";
import { count } from "~/lib/counts";
import { UPSTREAM_STATES } from "~/lib/states";
import { duration } from "~/lib/time";
import { Asking } from "~/ui/Asking";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Said } from "~/ui/Said";
import { Section } from "~/ui/Section";
import { Ago } from "~/ui/Time";
import { EditProvider } from "./EditProvider";
import styles from "./KeyPane.module.css";
import { Problem } from "./Problem";
import { APIS, AUTHS, healthLook, type Known } from "./providerColumns";

export function ProviderPane({ known, onClose }: { known: Known; onClose: () => void }) {
  const { provider, health } = known;
  const [open, setOpen] = useState<"edit" | "remove" | null>(null);
  const check = useCheckProvider(provider.name);
  const elsewhere = provider.built_in ? "It stands in the environment of the server; change it there" : undefined;
  return (
    <>
      <Pane
        label={`Provider ${provider.name}`}
        what="provider"
        title={provider.name}
        note={<Badge {...healthLook(known)} quiet />}
        actions={
          <>
            <Button disabledReason={check.isPending ? "Asking" : undefined} onClick={() => check.mutate()}>
              Check
            </Button>
            <Button disabledReason={elsewhere} onClick={() => setOpen("edit")}>
              Edit
            </Button>
            <Button disabledReason={elsewhere} onClick={() => setOpen("remove")}>
              Remove
            </Button>
          </>
        }
        onClose={onClose}
      >
        {provider.problem && <Problem text={provider.problem} />}
        {(check.data ?? check.error) && (
          <Section title="Checked just now">
            {check.data && <Checked check={check.data} />}
            <Said error={check.error} />
          </Section>
        )}
        <Facts
          facts={[
            { name: "At", value: <code>{provider.base_url}</code> },
            { name: "Speaks", value: provider.apis.map((api) => APIS[api]).join(", ") },
            { name: "Authenticates", value: provider.auth === "none" || provider.auth === "client" ? `by ${AUTHS[provider.auth]}` : <code>{AUTHS[provider.auth]}</code> },
            { name: "Secret", value: provider.has_secret ? <code>••••{provider.secret_hint}</code> : provider.auth === "none" || provider.auth === "client" ? "" : "none yet" },
            { name: "Models", value: <code>{provider.models.join(", ")}</code> },
            { name: "Region", value: provider.region },
            { name: "Headers", value: Object.keys(provider.headers).length > 0 ? <code>{Object.keys(provider.headers).join(", ")}</code> : "" },
            { name: "Verified by", value: provider.ca_file && <code>{provider.ca_file}</code> },
            { name: "Waits", value: `${provider.connect_s} s to connect, ${provider.first_byte_s} s for the first byte, ${provider.idle_s} s in between` },
            { name: "Connections", value: `at most ${count(provider.connections_max)}` },
            { name: "Said by", value: provider.built_in ? "the environment of the server" : provider.updated_at && <>{provider.by}, <Ago at={provider.updated_at} /></> },
          ]}
        />
        {health && (
          <Section title="Lately">
            <Facts
              facts={[
                { name: "Calls", value: count(health.requests) },
                { name: "Failed", value: count(health.errors) },
                { name: "First byte", value: duration(health.ttft_ms) },
                { name: "Whole answer", value: duration(health.p50_ms) },
              ]}
            />
          </Section>
        )}
      </Pane>
      {open === "edit" && <EditProvider provider={provider} onClose={() => setOpen(null)} onSet={() => setOpen(null)} />}
      {open === "remove" && <Remove name={provider.name} onClose={() => setOpen(null)} onGone={onClose} />}
    </>
  );
}

function Checked({ check }: { check: ProviderChecked }) {
  return (
    <div className={styles["checked"]}>
      <p>
        <Badge {...(check.ok ? UPSTREAM_STATES.closed : { ...UPSTREAM_STATES.open, label: "does not answer" })} />
        {check.status !== null && `${check.status} `}after {duration(check.took_ms)}
      </p>
      {check.detail && <p>{check.detail}</p>}
      {check.models.length > 0 && <p>It has {check.models.join(", ")}.</p>}
    </div>
  );
}

function Remove({ name, onClose, onGone }: { name: string; onClose: () => void; onGone: () => void }) {
  const remove = useRemoveProvider(name);
  return <Asking title={`Remove ${name}?`} does="Remove it" look="stop" leaves="Keep it" sent={remove} says="Its secret is forgotten. Routes that lead to it go on to their next target." onSend={(by) => remove.mutate(by, { onSuccess: onGone })} onClose={onClose} />;
}
