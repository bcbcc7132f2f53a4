/** The seeded story: a working day of a small fleet, told from now backwards. */
import { discount, production } from "./chapters/asks.ts";
import { costSpiral, pingPong, retryStorm } from "./chapters/runaways.ts";
import { failed, history, lost, traced } from "./chapters/ordinary.ts";
import { invoices, support } from "./chapters/live.ts";
import { emptyWorld, type World } from "./world.ts";
import type { Teller } from "./teller.ts";
import { crowd } from "./chapters/crowd.ts";

export type Story = { world: World; live: Teller[] };

/** Tell it all; the same seed gives the same day, moved to now. */
export function tell(now: number): Story {
  const world = emptyWorld();
  history(world, now);
  traced(world, now);
  crowd(world, now);
  failed(world, now);
  lost(world, now);
  retryStorm(world, now);
  costSpiral(world, now);
  pingPong(world, now);
  production(world, now);
  discount(world, now);
  return { world, live: [invoices(world, now), support(world, now)] };
}
