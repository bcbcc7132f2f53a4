/** What of a run is shown, to and from the address. */

export const VIEWS = ["tree", "timeline", "conversation"] as const;
export const TABS = ["decision", "call", "messages", "attributes"] as const;

export type View = (typeof VIEWS)[number];
export type StepTab = (typeof TABS)[number];

export type RunView = { view: View; step: string; tab: StepTab };

export function parseRunView(params: URLSearchParams): RunView {
  return {
    view: VIEWS.find((view) => view === params.get("view")) ?? "tree",
    step: params.get("step") ?? "",
    tab: TABS.find((tab) => tab === params.get("tab")) ?? "decision",
  };
}

export function formatRunView({ view, step, tab }: RunView): URLSearchParams {
  const params = new URLSearchParams();
  if (view !== "tree") params.set("view", view);
  if (step) params.set("step", step);
  if (tab !== "decision") params.set("tab", tab);
  return params;
}
