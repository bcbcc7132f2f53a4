import { expect, test } from "vitest";
import { replayCommand } from "./commands";

test("a replay leaves the recording at the step, and the program is typed behind it", () => {
  expect(replayCommand("4f1c", "09ab", "http://127.0.0.1:7420")).toBe("holdfast replay 4f1c --from 09ab -- ");
});

test("a replay asks the server that the page came from", () => {
  expect(replayCommand("4f1c", "09ab", "https://holdfast.example")).toBe("holdfast replay 4f1c --from 09ab --server https://holdfast.example -- ");
});
