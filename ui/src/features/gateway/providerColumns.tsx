/** The columns of the list of providers, and the words for what stands in it. */
import type { GatewayApi, GatewayProvider, ProviderAuth, GatewayUpstream } from "~/api/types";
import { count } from "~/lib/counts";
import { UPSTREAM_STATES } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge, type BadgeLook } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import styles from "./columns.module.css";
import { healthOf } from "./health";

export type Known = { provider: GatewayProvider; health: GatewayUpstream | undefined };

/** Each provider with how it does, if it was asked lately. */
export const knownOf = (providers: readonly GatewayProvider[], health: readonly GatewayUpstream[]) => providers.map((provider): Known => ({ provider, health: healthOf(provider.name, health) }));

/** How it stands: nobody knows before it was asked. */
export const healthLook = ({ provider, health }: Known): BadgeLook => (provider.problem ? { tone: "deny", icon: "warning", label: "unusable" } : health ? UPSTREAM_STATES[health.state] : { tone: "plain", icon: "idle", label: "not asked" });

export const APIS: Record<GatewayApi, string> = { chat: "Chat", responses: "Responses", messages: "Messages", gemini: "Gemini", embeddings: "Embeddings", completions: "Completions", files: "Files" };

export const AUTHS: Record<ProviderAuth, string> = { bearer: "authorization: Bearer …", "x-api-key": "x-api-key: …", "api-key": "api-key: …", "x-goog-api-key": "x-goog-api-key: …", client: "the client's own credential", none: "nothing" };

export const PROVIDER_SPARE = new Set(["apis", "models", "ttft", "all", "url"]);
export const PROVIDER_NARROW = new Set(["models"]);

export const PROVIDER_COLUMNS: readonly Column<Known>[] = [
  { id: "name", label: "Provider", width: "minmax(110px, 1fr)", cell: ({ provider }) => <Name provider={provider} /> },
  { id: "state", label: "Health", width: "88px", cell: (known) => <Badge {...healthLook(known)} quiet /> },
  { id: "url", label: "At", width: "minmax(150px, 1.6fr)", cell: ({ provider }) => <span className={styles["quiet"]}>{provider.base_url}</span> },
  { id: "apis", label: "Speaks", width: "minmax(110px, 1.4fr)", cell: ({ provider }) => provider.apis.map((api) => APIS[api]).join(", ") },
  { id: "models", label: "Models", width: "minmax(90px, 1fr)", cell: ({ provider }) => <span className={styles["quiet"]}>{provider.models.join(", ")}</span> },
  { id: "calls", label: "Calls", width: "64px", end: true, cell: ({ health }) => (health ? count(health.requests) : "–") },
  { id: "errors", label: "Failed", width: "54px", end: true, cell: ({ health }) => (health ? count(health.errors) : "–") },
  { id: "ttft", label: "First byte", width: "70px", end: true, cell: ({ health }) => duration(health?.ttft_ms ?? null) },
  { id: "all", label: "Whole", width: "62px", end: true, cell: ({ health }) => duration(health?.p50_ms ?? null) },
];

function Name({ provider }: { provider: GatewayProvider }) {
  return (
    <span className={styles["name"]}>
      <b>{provider.name}</b>
      {provider.region && <small>{provider.region}</small>}
    </span>
  );
}
