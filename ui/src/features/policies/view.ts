/** What of the policies is shown, to and from the address. */

export const TABS = ["check", "tests", "diff", "backtest", "versions"] as const;
export type FileTab = (typeof TABS)[number];

export type PoliciesView = { file: string; rule: string; tab: FileTab; line: number };

export function parseView(params: URLSearchParams): PoliciesView {
  return {
    file: params.get("file") ?? "",
    rule: params.get("rule") ?? "",
    tab: TABS.find((tab) => tab === params.get("tab")) ?? "check",
    line: Number(params.get("line")) || 0,
  };
}

export function formatView({ file, rule, tab, line }: PoliciesView): URLSearchParams {
  const params = new URLSearchParams();
  if (file) params.set("file", file);
  else if (rule) params.set("rule", rule);
  if (file && tab !== "check") params.set("tab", tab);
  if (file && line) params.set("line", String(line));
  return params;
}
