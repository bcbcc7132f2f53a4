/** STOP: what, why and who; then how fast it was heard. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fleetQuery } from "~/api/fleet";
import { useStop } from "~/api/kills";
import { asProblem } from "~/api/problem";
import type { Kill, KillScope } from "~/api/types";
import { short } from "~/lib/counts";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Heard } from "./Heard";
import styles from "./Stop.module.css";

type Props = { scope: KillScope; target: string; around?: Partial<Record<KillScope, string>> | undefined; onClose: () => void };

const SCOPES: Record<KillScope, string> = { org: "Everything", agent: "An agent", session: "A session", run: "A run", tool: "A tool", model: "A model" };

export function StopDialog({ scope: asked, target: named, around, onClose }: Props) {
  const [scope, setScope] = useState(asked);
  const [target, setTarget] = useState(named);
  const [reason, setReason] = useState("");
  const [by, setBy] = useRemembered("name", "");
  const stop = useStop();
  const missing = scope !== "org" && !target.trim() ? "Name what to stop" : !reason.trim() ? "Say why; it is recorded" : !by.trim() ? "Say who you are; it is recorded" : undefined;
  const widen = (to: KillScope) => {
    setScope(to);
    setTarget(around?.[to] ?? (to === asked ? named : ""));
  };
  const send = () => missing === undefined && !stop.isPending && stop.mutate({ scope, target: scope === "org" ? "" : target.trim(), reason: reason.trim(), by: by.trim() });
  useKeys({ "mod+Enter": send }, !stop.data);
  if (stop.data) return <Stopped kill={stop.data} onClose={onClose} />;
  return (
    <Dialog
      title={scope === "org" ? "Stop everything" : `Stop ${SCOPES[scope].toLowerCase()}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="stop" icon="halt" keys={`${MOD} ↵`} disabledReason={missing ?? (stop.isPending ? "Sending" : undefined)} onClick={send}>
            Stop now
          </Button>
        </>
      }
    >
      <form className={styles["form"]} onSubmit={(event) => event.preventDefault()}>
        <div className={styles["pair"]}>
          <Field label="Stop">
            {(field) => (
              <select {...field} value={scope} onChange={(event) => widen(event.target.value as KillScope)}>
                {Object.entries(SCOPES).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {scope !== "org" && <Field label="Which">{(field) => <input {...field} value={target} onChange={(event) => setTarget(event.target.value)} spellCheck={false} />}</Field>}
        </div>
        <Field label="Reason">{(field) => <input {...field} data-first value={reason} onChange={(event) => setReason(event.target.value)} maxLength={400} />}</Field>
        <Field label="Your name">{(field) => <input {...field} value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>
      </form>
      {stop.error ? (
        <p role="alert" className={styles["problem"]}>
          {asProblem(stop.error).message}. {asProblem(stop.error).hint}
        </p>
      ) : (
        <p className={styles["meaning"]}>Every running agent in scope is refused at its next step, and new runs are not started, until a person lifts it.</p>
      )}
    </Dialog>
  );
}

function Stopped({ kill: sent, onClose }: { kill: Kill; onClose: () => void }) {
  // Processes confirm one by one after the order is out; the fleet's copy has them as they come.
  const kill = useQuery(fleetQuery).data?.kills.find((each) => each.id === sent.id) ?? sent;
  return (
    <Dialog
      title="Stopped"
      onClose={onClose}
      actions={
        <Button look="ink" data-first onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>
        {kill.scope === "org" ? "Everything" : `The ${kill.scope} ${short(kill.target)}`} is stopped: {kill.reason}
      </p>
      <p className={styles["meaning"]}>
        <Heard seen={kill.seen} />
      </p>
    </Dialog>
  );
}
