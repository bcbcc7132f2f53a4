/** The columns of the list of routes, and the words for what stands in it. */
import type { GatewayRoute } from "~/api/types";
import type { Column } from "~/ui/Grid";
import styles from "./columns.module.css";

export const STRATEGIES: Record<GatewayRoute["strategy"], string> = { order: "in order", weight: "by weight", latency: "the fastest", cost: "the cheapest" };

export const ROUTE_SPARE = new Set(["tries", "cache"]);

export const ROUTE_COLUMNS: readonly Column<GatewayRoute>[] = [
  { id: "alias", label: "Route", width: "minmax(100px, 0.7fr)", cell: (route) => <b>{route.alias}</b> },
  { id: "targets", label: "Leads to", width: "minmax(200px, 2.4fr)", cell: (route) => <span className={styles["quiet"]}>{route.targets.map((target) => `${target.provider}/${target.model}`).join(route.strategy === "order" || route.strategy === "cost" ? " → " : " · ")}</span> },
  { id: "strategy", label: "Chooses", width: "minmax(110px, 0.8fr)", cell: (route) => STRATEGIES[route.strategy] },
  { id: "cache", label: "Cache", width: "minmax(110px, 0.8fr)", cell: (route) => <span className={styles["quiet"]}>{cacheWords(route) || "–"}</span> },
  { id: "tries", label: "Tries", width: "50px", end: true, cell: (route) => route.tries },
];

/** `exact and semantic`, or nothing. */
export const cacheWords = ({ cache }: Pick<GatewayRoute, "cache">) => [cache?.exact && "exact", cache?.semantic && "semantic"].filter(Boolean).join(" and ");
