import { expect, test } from "vitest";
import { found, type Command } from "./command";

const command = (id: string, group: string, label: string): Command => ({ id, group, icon: "runs", label, run: () => {} });
const ALL = [command("runs", "Pages", "Runs"), command("agent a", "Agents", "Runs of renewals"), command("stop everything", "Stop", "Stop everything"), command("stop renewals", "Stop", "Stop agent renewals")];

test("the best match comes first", () => {
  expect(found(ALL, "runs")[0]?.id).toBe("runs");
  expect(found(ALL, "renewals stop").map((each) => each.id)).toEqual(["stop renewals"]);
});

test("nothing typed shows no agent by name, but always the stop for everything", () => {
  expect(found(ALL, "").map((each) => each.id)).toEqual(["runs", "stop everything"]);
});

test("a word that appears nowhere finds nothing", () => {
  expect(found(ALL, "runs zzz")).toEqual([]);
});
