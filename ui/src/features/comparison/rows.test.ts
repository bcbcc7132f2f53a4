import { expect, test } from "vitest";
import { differences, nextDifference } from "./rows";

test("differences are walked both ways and round the ends", () => {
  const marks = [0, 2, 0, 0, 3, 0];
  expect([nextDifference(marks, -1, true), nextDifference(marks, 1, true), nextDifference(marks, 4, true)]).toEqual([1, 4, 1]);
  expect([nextDifference(marks, 4, false), nextDifference(marks, 1, false)]).toEqual([1, 4]);
  expect(nextDifference([0, 0], 1, true)).toBe(1);
});

test("they are counted in words", () => {
  expect(differences([0, 1, 4])).toBe("2 differences in 3 rows.");
  expect(differences([0])).toBe("No difference in 1 row.");
});
