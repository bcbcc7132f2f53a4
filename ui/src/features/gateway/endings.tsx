/** A key gets another secret, or ends. */
import { useState } from "react";
import { useRevokeKey, useRotateKey } from "~/api/gateway";
import type { GatewayKey, NewGatewayKey } from "~/api/types";
import { Asking } from "~/ui/Asking";
import { Pick } from "~/ui/Pick";

const GRACES = { "0": "at once", "3600": "in an hour", "86400": "in a day", "604800": "in a week" } as const;

export function RotateKey({ keyOf: key, onMade, onClose }: { keyOf: GatewayKey; onMade: (made: NewGatewayKey) => void; onClose: () => void }) {
  const rotate = useRotateKey(key.id);
  const [grace, setGrace] = useState<keyof typeof GRACES>("3600");
  return (
    <Asking title={`Rotate ${key.name}`} does="Rotate it" sent={rotate} says="Everything else of the key stays: its agent, its budget, what was used of it." onSend={(by) => rotate.mutate({ grace_s: Number(grace), by }, { onSuccess: onMade })} onClose={onClose}>
      <Pick label="The old one ends" value={grace} options={GRACES} onChange={setGrace} />
    </Asking>
  );
}

export function EndKey({ keyOf: key, onClose }: { keyOf: GatewayKey; onClose: () => void }) {
  const revoke = useRevokeKey(key.id);
  return <Asking title={`Revoke ${key.name}?`} does="Revoke it" look="stop" leaves="Keep it" sent={revoke} says="Whoever holds it is refused from the next call on. It does not come back." onSend={(by) => revoke.mutate(by, { onSuccess: onClose })} onClose={onClose} />;
}
