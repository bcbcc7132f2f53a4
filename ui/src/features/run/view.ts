/** What of a run is shown, to and from the address. */

export const VIEWS = ["tree", "timeline", "flame", "graph", "sequence", "conversation", "decisions", "memory", "cost"] as const;
export const TABS = ["decision", "call", "messages", "attributes"] as const;
export const HEATS = ["off", "time", "cost"] as const;

export type View = (typeof VIEWS)[number];
export type StepTab = (typeof TABS)[number];
export type Heat = (typeof HEATS)[number];

/** Microseconds since the run began. */
export type Zoom = { from: number; to: number };

export type RunView = {
  view: View;
  step: string;
  tab: StepTab;
  /** Words that are looked for. */
  find: string;
  /** The brushed part of the timeline. */
  zoom: Zoom | null;
  heat: Heat;
  /** As it ran, rather than summed up: of the graph. */
  expanded: boolean;
  /** Width by cost, rather than by time: of the flame. */
  byCost: boolean;
};

export function parseRunView(params: URLSearchParams): RunView {
  return {
    view: VIEWS.find((view) => view === params.get("view")) ?? "tree",
    step: params.get("step") ?? "",
    tab: TABS.find((tab) => tab === params.get("tab")) ?? "decision",
    find: params.get("find") ?? "",
    zoom: parseZoom(params.get("zoom")),
    heat: HEATS.find((heat) => heat === params.get("heat")) ?? "off",
    expanded: params.get("graph") === "as-it-ran",
    byCost: params.get("width") === "cost",
  };
}

export function formatRunView({ view, step, tab, find, zoom, heat, expanded, byCost }: RunView): URLSearchParams {
  const params = new URLSearchParams();
  if (view !== "tree") params.set("view", view);
  if (step) params.set("step", step);
  if (tab !== "decision") params.set("tab", tab);
  if (find) params.set("find", find);
  if (zoom) params.set("zoom", `${Math.round(zoom.from)}-${Math.round(zoom.to)}`);
  if (heat !== "off") params.set("heat", heat);
  if (expanded) params.set("graph", "as-it-ran");
  if (byCost) params.set("width", "cost");
  return params;
}

function parseZoom(text: string | null): Zoom | null {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text ?? "") ?? [];
  return from && to && Number(to) > Number(from) ? { from: Number(from), to: Number(to) } : null;
}
