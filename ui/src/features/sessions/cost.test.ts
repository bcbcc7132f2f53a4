import { expect, test } from "vitest";
import { cost } from "./cost";

test("what is unknown is said to be unknown, and what is partly known is at least that", () => {
  expect(cost({ cost_usd: 0.5, unpriced_calls: 0 })).toBe("$0.5000");
  expect(cost({ cost_usd: 0.5, unpriced_calls: 2 })).toBe("≥ $0.5000");
  expect(cost({ cost_usd: null, unpriced_calls: 2 })).toBe("unknown");
});
