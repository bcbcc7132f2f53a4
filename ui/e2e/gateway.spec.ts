import { expect, test } from "@playwright/test";

test.beforeEach(({ request }) => request.post("/mock/reset"));

test("a key is made, shown once with the lines that use it, rotated and revoked", async ({ page }) => {
  await page.goto("/gateway/keys");
  await expect(page.getByRole("grid", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Claude Code");
  await dialog.getByLabel("Acts as agent").fill("coder");
  await dialog.getByLabel("May spend").fill("$30");
  await expect(dialog.getByRole("button", { name: /Make it/ })).toHaveAttribute("aria-disabled", "true");
  await dialog.getByLabel("Your name").fill("Sam");
  await page.keyboard.press("Control+Enter");
  const pane = page.getByRole("region", { name: "Key Claude Code" });
  const once = pane.getByRole("region", { name: "The key" });
  const secret = (await once.getByLabel("The key", { exact: true }).textContent()) ?? "";
  expect(secret).toMatch(/^hf-\w{46}$/);
  await expect(pane.getByLabel("For OpenAI's clients", { exact: true })).toContainText(secret);
  await expect(page).toHaveURL(/\/gateway\/keys\?key=key_/);
  await once.getByRole("button", { name: "I have it" }).click();
  await expect(page.getByText(secret)).toHaveCount(0);
  await pane.getByRole("button", { name: "Rotate" }).click();
  await page.getByLabel("The old one ends").selectOption("in a day");
  await page.getByRole("button", { name: /Rotate it/ }).click();
  await expect(once).toBeVisible();
  await expect(pane).toContainText("the old one is good for");
  await pane.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("button", { name: /Revoke it/ }).click();
  await expect(pane.getByText("revoked", { exact: true })).toBeVisible();
  await expect(pane.getByRole("button", { name: "Rotate" })).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row").filter({ hasText: "Claude Code" })).toHaveCount(0);
  await page.getByRole("tab", { name: "All", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "Claude Code" })).toHaveCount(1);
});

test("a provider's secret goes in and does not come out, and one that is down says why", async ({ page }) => {
  await page.goto("/gateway/providers");
  await page.getByRole("button", { name: /Add a provider/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Kind").selectOption("OpenRouter");
  await dialog.getByLabel("Secret").fill("sk-or-very-secret-4242");
  await dialog.getByLabel("Your name").fill("Sam");
  await page.keyboard.press("Control+Enter");
  const pane = page.getByRole("region", { name: "Provider openrouter" });
  await expect(pane).toContainText("••••4242");
  await pane.getByRole("button", { name: "Edit" }).click();
  await expect(dialog.getByLabel("Secret")).toHaveValue("");
  await expect(dialog).toContainText("empty keeps ••••4242");
  await page.keyboard.press("Escape");
  await page.getByRole("row").filter({ hasText: "local" }).click();
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByRole("region", { name: "Checked just now" })).toContainText("could not connect");
});

test("a route is written as lines, refused at the line that is wrong, and tried in the playground", async ({ page }) => {
  await page.goto("/gateway/routes");
  await expect(page.getByRole("grid", { name: "Routes" })).toBeVisible();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("careful");
  await dialog.getByLabel("Targets").fill("anthropic/claude-sonnet-4-5 3\ngpt-4o");
  await expect(dialog).toContainText("Line 2: a target is provider/model");
  await dialog.getByLabel("Targets").fill("anthropic/claude-sonnet-4-5 3\nopenai/gpt-4o");
  await dialog.getByLabel("Chooses").selectOption("by weight");
  await dialog.getByLabel("Cache").selectOption("the same request");
  await dialog.getByLabel("Your name").fill("Sam");
  await page.keyboard.press("Control+Enter");
  const pane = page.getByRole("region", { name: "Route careful" });
  await expect(pane.getByRole("table", { name: "Targets of careful" })).toContainText("75.0 %");
  await expect(pane.getByRole("region", { name: "Cache" })).toContainText("5m 00s");
  await pane.getByRole("link", { name: "in the playground" }).click();
  await expect(page.getByLabel("Route or model")).toHaveValue("careful");
  await page.keyboard.press("Control+Enter");
  const answer = page.getByRole("region", { name: "Answer" });
  await expect(answer).toContainText("transform");
  await expect(answer.getByRole("region", { name: "It said" })).toContainText("Hello");
  await expect(answer.getByRole("region", { name: "Headers" })).toContainText("x-holdfast-clamped");
  await page.getByLabel("As", { exact: true }).selectOption("Service desk, as support");
  await page.getByLabel("Request as JSON").fill('{"messages": [], "tools": [{"type": "web_search"}]}');
  await page.getByRole("button", { name: /Send/ }).click();
  await expect(answer.getByRole("list", { name: "Reasons" })).toContainText("models.hosted-tools");
  await expect(page).toHaveURL(/route=careful&key=key_/);
  await answer.getByRole("link", { name: "See the step" }).click();
  await expect(page).toHaveURL(/\/runs\/\w+\?step=/);
});

test("what passes is told by parts, and every call leads to its step", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Now" })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await expect(page.getByRole("region", { name: "Gateway" })).toContainText("Time of our own");
  await expect(page.getByRole("table", { name: "Time by model" })).toContainText("anthropic/claude-sonnet-4-5");
  await expect(page.getByRole("region", { name: "Caches" })).toContainText("1, 0.8 % 0.1–4.5 %");
  await page.keyboard.press("]");
  await page.getByLabel("Filter calls").fill("service claude");
  await page.getByRole("tab", { name: "Live", exact: true }).click();
  await expect(page).toHaveURL(/q=service\+claude/);
  await expect(page).toHaveURL(/show=live/);
  const rows = page.getByRole("grid", { name: "Calls" }).getByRole("row");
  await expect(rows).toHaveCount(4);
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/runs\/\w+\?step=/);
});

test("a gateway without calls, keys, providers and routes tells the next step", async ({ page }) => {
  const nothing = { status: 200, contentType: "application/json", body: JSON.stringify({ items: [], next: null }) };
  await page.route(/\/v1\/gateway\/(calls|keys|providers|routes)/, (route) => route.fulfill(nothing));
  await page.goto("/gateway");
  await expect(page.getByText("No call has come through yet")).toBeVisible();
  await expect(page.getByText(/^curl http:\/\/127.0.0.1:7421\/v1\/chat\/completions/).first()).toBeVisible();
  for (const [part, says] of [["calls", "curl http"], ["keys", "holdfast gateway keys create"], ["providers", "OPENAI_API_KEY"], ["routes", "holdfast gateway routes set"]] as const) {
    await page.getByRole("tab", { name: new RegExp(`^${part}`, "i") }).click();
    await expect(page.getByRole("tabpanel", { name: new RegExp(`^${part}`, "i") }).locator("pre").filter({ hasText: says }).first()).toBeVisible();
  }
});
