/** What the palette can do, besides finding runs. */
import { useMemo } from "react";
import { useNavigate } from "react-router";
import type { Fleet } from "~/api/types";
import type { Command } from "~/features/palette/command";
import { THEMES, type Theme } from "~/lib/theme";
import { paths } from "./paths";
import type { StopTarget } from "./stop";

type Needs = { fleet: Fleet | undefined; stop: (target: StopTarget) => void; help: () => void; setTheme: (theme: Theme) => void };

export function useCommands({ fleet, stop, help, setTheme }: Needs): Command[] {
  const navigate = useNavigate();
  return useMemo(() => {
    const go = (path: string) => () => void navigate(path);
    const pages: Command[] = [
      { id: "fleet", group: "Pages", icon: "fleet", label: "Fleet", keys: "g f", run: go(paths.fleet()) },
      { id: "runs", group: "Pages", icon: "runs", label: "Runs", keys: "g r", run: go(paths.runs()) },
      { id: "sessions", group: "Pages", icon: "sessions", label: "Sessions", note: "conversations and jobs", keys: "g s", run: go(paths.sessions()) },
      { id: "approvals", group: "Pages", icon: "approvals", label: "Approvals", keys: "g a", run: go(paths.approvals()) },
      { id: "ledger", group: "Pages", icon: "ledger", label: "Ledger", keys: "g l", run: go(paths.ledger()) },
      { id: "policies", group: "Pages", icon: "policies", label: "Policies", note: "rules, tests, diff, backtest", keys: "g p", run: go(paths.policies()) },
      { id: "budgets", group: "Pages", icon: "budgets", label: "Budgets", note: "limits, gauges, holders", keys: "g b", run: go(paths.budgets()) },
      { id: "spend", group: "Pages", icon: "spend", label: "Spend", note: "costs, forecast, invoices", keys: "g $", run: go(paths.spend()) },
      { id: "reliability", group: "Pages", icon: "reliability", label: "Reliability", note: "success, objectives, escalations", keys: "g e", run: go(paths.reliability()) },
      { id: "tools", group: "Pages", icon: "tool", label: "Tools", note: "contracts, drift, who uses them", keys: "g t", run: go(paths.tools()) },
      { id: "gateway", group: "Pages", icon: "gateway", label: "Gateway", note: "model calls, caches, workers", keys: "g m", run: go(paths.gateway()) },
      { id: "gateway calls", group: "Pages", icon: "gateway", label: "Gateway calls", note: "live and latest", run: go(paths.gateway("calls")) },
      { id: "gateway keys", group: "Pages", icon: "key", label: "Gateway keys", note: "create, rotate, revoke", run: go(paths.gateway("keys")) },
      { id: "gateway providers", group: "Pages", icon: "gateway", label: "Model providers", note: "health, secrets", run: go(paths.gateway("providers")) },
      { id: "gateway routes", group: "Pages", icon: "delegate", label: "Model routes", note: "targets, strategy, caches", run: go(paths.gateway("routes")) },
      { id: "gateway playground", group: "Pages", icon: "play", label: "Playground", note: "send through a route as somebody", run: go(paths.gateway("playground")) },
      { id: "coverage", group: "Pages", icon: "coverage", label: "Coverage", note: "gaps, breakers, detectors", keys: "g v", run: go(paths.coverage()) },
      { id: "connect", group: "Pages", icon: "connect", label: "Connect an agent", keys: "g c", run: go(paths.connect()) },
    ];
    const waiting = (fleet?.waiting ?? []).map((approval): Command => ({ id: approval.id, group: "Waiting for you", icon: "ask", label: `${approval.agent} wants ${approval.target}`, note: approval.title, run: go(paths.approval(approval.id)) }));
    const running = (fleet?.running ?? []).map((run): Command => ({ id: run.id, group: "Running", icon: "running", label: run.title || run.id, note: run.agent, run: go(paths.run(run.id)) }));
    const agents = (fleet?.agents ?? []).map((agent): Command => ({ id: `agent ${agent.agent}`, group: "Agents", icon: "runs", label: `Runs of ${agent.agent}`, run: go(paths.runs({ agent: agent.agent })) }));
    const kills = (fleet?.agents ?? []).map((agent): Command => ({ id: `stop ${agent.agent}`, group: "Stop", icon: "halt", label: `Stop agent ${agent.agent}`, run: () => stop({ scope: "agent", target: agent.agent }) }));
    const org: Command = { id: "stop everything", group: "Stop", icon: "halt", label: "Stop everything", run: () => stop({ scope: "org", target: "" }) };
    const themes = THEMES.map((theme): Command => ({ id: `theme ${theme}`, group: "Console", icon: theme === "dark" ? "moon" : theme === "light" ? "sun" : "system", label: `Theme: ${theme}`, run: () => setTheme(theme) }));
    const keys: Command = { id: "keys", group: "Console", icon: "help", label: "Keys", keys: "?", run: help };
    return [...waiting, ...pages, ...running, ...agents, org, ...kills, ...themes, keys];
  }, [fleet, navigate, stop, help, setTheme]);
}
