/** Targets of a route as lines that a person types: `provider/model`, then a weight. */
import type { RouteTarget } from "~/api/types";

export const writeTargets = (targets: readonly RouteTarget[]) => targets.map(({ provider, model, weight }) => `${provider}/${model}${weight === 1 ? "" : ` ${weight}`}`).join("\n");

type Read = { targets: RouteTarget[]; problem: string | undefined };

export function readTargets(text: string): Read {
  const targets: RouteTarget[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    const target = readTarget(line.trim());
    if (typeof target === "string") return { targets, problem: `Line ${index + 1}: ${target}` };
    targets.push(target);
  }
  return { targets, problem: targets.length === 0 ? "Name at least one target" : undefined };
}

function readTarget(line: string): RouteTarget | string {
  const [name = "", ...rest] = line.split(/\s+/);
  const slash = name.indexOf("/");
  if (slash < 1 || slash === name.length - 1) return "a target is provider/model";
  const weight = rest.length ? Number(rest[0]) : 1;
  if (rest.length > 1 || !Number.isFinite(weight) || weight <= 0) return "a weight is one number above 0";
  return { provider: name.slice(0, slash), model: name.slice(slash + 1), weight, resumes: false };
}
