import { expect, test } from "@playwright/test";

test.beforeEach(async ({ page, request }) => {
  await request.post("/mock/reset");
  await page.goto("/budgets");
  await expect(page.getByRole("grid", { name: "Budgets" }).getByText("invoices")).toBeVisible();
});

test("a gauge moves by itself while somebody looks", async ({ page }) => {
  const row = page.getByRole("row").filter({ hasText: "invoices" });
  const said = () => row.getByRole("meter").getAttribute("aria-valuenow");
  const before = Number(await said());
  await expect.poll(async () => Number(await said()), { timeout: 15_000 }).toBeGreaterThan(before);
});

test("a limit is changed without losing what was used, and says who holds the rest", async ({ page }) => {
  await page.getByRole("row").filter({ hasText: "researcher" }).click();
  const pane = page.getByRole("region", { name: "Budget of researcher" });
  await expect(pane.getByText("spent", { exact: true })).toBeVisible();
  await pane.getByRole("button", { name: "Change the limit" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Limit/).fill("30");
  await dialog.getByLabel("Your name").fill("Sam");
  await page.keyboard.press("Control+Enter");
  await expect(pane).toContainText("$30.00 a day");
  await expect(pane).toContainText("$12.00 used");
  await page.getByRole("row").filter({ hasText: "everything" }).click();
  await expect(page.getByRole("region", { name: "Who holds what" })).toContainText("p-4f0a");
});

test("a budget is set, found by its filter, and removed after a question", async ({ page }) => {
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("For").selectOption("agent");
  await dialog.getByLabel("Which").fill("quotes");
  await dialog.getByLabel("Limit").fill("5");
  await dialog.getByLabel("Window").selectOption("day");
  await dialog.getByLabel("Your name").fill("Sam");
  await dialog.getByRole("button", { name: /Set it/ }).click();
  const pane = page.getByRole("region", { name: "Budget of quotes" });
  await expect(pane).toContainText("$5.00 a day");
  await expect(page).toHaveURL(/budget=agent/);
  await pane.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await expect(pane).toHaveCount(0);
  await page.getByLabel("Filter budgets").fill("quotes");
  await expect(page.getByText("No budget matches")).toBeVisible();
});

test("a budget of a virtual key names one that is good", async ({ page }) => {
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("For").selectOption("virtual key");
  const which = dialog.getByLabel("Which");
  await which.selectOption({ index: 1 });
  const key = await which.inputValue();
  expect(key).toMatch(/^key_/);
  await dialog.getByLabel("Limit").fill("5");
  await dialog.getByLabel("Your name").fill("Sam");
  await dialog.getByRole("button", { name: /Set it/ }).click();
  await expect(page.getByRole("region", { name: `Budget of ${key}` })).toContainText("$5.00");
});

test("what a policy file says is not changed here", async ({ page }) => {
  await page.getByRole("row").filter({ hasText: "each session" }).click();
  await expect(page.getByRole("button", { name: "Change the limit" })).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByRole("list", { name: "Accounts" })).toContainText("afcea34f");
});
