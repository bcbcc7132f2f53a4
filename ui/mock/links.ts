/** One run that came of another through a queue: the brief names the comparison that it is drawn from. */
import type { RunSummary, StepLink } from "../src/api/types.ts";
import { runsOf, type World } from "./world.ts";

const GIVER = "Compare battery recyclers in northern Europe";
const TAKER = "Draft the quarterly market brief";

export function linksOf(world: World, run: string): StepLink[] {
  const [giver, taker] = [GIVER, TAKER].map((title) => runsOf(world).find((one) => one.title === title));
  if (!giver || !taker) return [];
  const [named, naming] = [giver, taker].map((one) => world.told.get(one.id)!.steps.find((step) => step.kind === "model")!);
  const link = (step: string, direction: StepLink["direction"], other_step: string, other: RunSummary): StepLink => ({ step, direction, other_step, other_trace: other.trace, other_run: other.id, agent: other.agent, title: other.title, at: naming!.started_at, attributes: direction === "to" ? { "messaging.system": "kafka" } : {} });
  if (run === taker.id) return [link(naming!.id, "to", named!.id, giver)];
  return run === giver.id ? [link(named!.id, "from", naming!.id, taker)] : [];
}
