import { expect, test, type Page } from "@playwright/test";

test.beforeEach(async ({ page, request }) => {
  await request.post("/mock/reset");
  await page.goto("/policies");
  await expect(page.getByRole("grid", { name: "Policies" }).getByText("discount.over-15")).toBeVisible();
});

async function edit(page: Page, from: string, to: string) {
  await page.getByRole("row").filter({ hasText: "policies/sales.yaml" }).click();
  const editor = page.getByLabel("Text of policies/sales.yaml");
  await editor.fill((await editor.inputValue()).replace(from, to));
}

test("an edit is checked, compared with a counterexample, judged by the past, and saved", async ({ page }) => {
  await edit(page, "over: 15", "over: 60");
  await page.getByRole("tab", { name: "Tests" }).click();
  await page.getByRole("button", { name: "Run the tests" }).click();
  await expect(page.getByRole("list", { name: "Cases" })).toContainText("expected ask, got allow");
  await page.getByRole("tab", { name: "Diff" }).click();
  await page.getByRole("button", { name: /Compare/ }).click();
  await expect(page.getByRole("list", { name: "Changes" })).toContainText("newly allows");
  await expect(page.getByLabel("counterexample of apply_discount", { exact: true })).toContainText("15.0001");
  await page.getByRole("tab", { name: "Backtest" }).click();
  await page.getByRole("button", { name: /Judge the past/ }).click();
  await expect(page.getByText("14 verdicts would change")).toBeVisible();
  await page.getByLabel("Your name").fill("Sam");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Version 3 is in force.")).toBeVisible();
  await page.getByRole("tab", { name: "Versions" }).click();
  const versions = page.getByRole("list", { name: "Versions" });
  await expect(versions.getByRole("listitem").first()).toContainText("saved by Sam");
  await versions.getByRole("listitem").nth(1).getByRole("button", { name: "Restore" }).click();
  await expect(versions.getByRole("listitem").first()).toContainText("restored by Sam");
  await expect(page.getByLabel("Text of policies/sales.yaml")).toHaveValue(/over: 15/);
});

test("what cannot be used is named at its line and cannot be saved", async ({ page }) => {
  await edit(page, "- clamp:", "- clmap:");
  const findings = page.getByRole("list", { name: "Findings" });
  await expect(findings).toContainText("There is no preset clmap.");
  await findings.getByRole("button", { name: /^line/ }).first().click();
  await expect(page).toHaveURL(/line=\d+/);
  await expect(page.getByRole("button", { name: "Save" })).toHaveAttribute("aria-disabled", "true");
});

test("a rule is made from a preset without writing YAML", async ({ page }) => {
  await page.getByRole("row").filter({ hasText: "policies/sales.yaml" }).click();
  await page.getByRole("button", { name: "Add a rule" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Preset").selectOption("clamp");
  await expect(dialog).toContainText("for example {tool: search, arg: limit, max: 100}");
  await dialog.getByLabel("tool", { exact: true }).fill("apply_discount");
  await dialog.getByLabel("arg", { exact: true }).fill("months");
  await dialog.getByRole("button", { name: /Put it into the file/ }).click();
  await expect(dialog).toContainText("is required");
  await dialog.getByLabel("max", { exact: true }).fill("24");
  await expect(dialog.getByLabel("The rule as YAML")).toContainText("max: 24");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByLabel("Text of policies/sales.yaml")).toHaveValue(/ {2}- clamp:\n {6}tool: apply_discount\n {6}arg: months\n {6}max: 24\n/);
});

test("a rule is stepped up, by keys to the rule and with a name", async ({ page }) => {
  await page.keyboard.press("j");
  const rows = page.getByRole("grid", { name: "Policies" }).getByRole("row");
  for (let step = 0; step < 8; step += 1) await page.keyboard.press("j");
  await expect(rows.filter({ hasText: "mail.first-contact" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/rule=mail.first-contact/);
  await page.getByRole("button", { name: "Step up to warn" }).click();
  await page.getByLabel("Your name").fill("Sam");
  await page.getByRole("button", { name: "Set to warn" }).click();
  await expect(page.getByText(/set by Sam/)).toBeVisible();
  await expect(rows.filter({ hasText: "mail.first-contact" })).toContainText("warn");
  await page.getByRole("button", { name: "Back to what its file says" }).click();
  await expect(rows.filter({ hasText: "mail.first-contact" })).toContainText("shadow");
  await page.keyboard.press("e");
  await expect(page.getByRole("tab", { name: "Backtest" })).toBeVisible();
});

test("a file is deleted after a question that says what it does", async ({ page }) => {
  await page.getByRole("row").filter({ hasText: "policies/sales.yaml" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(/rules? will go out of force/);
  await expect(dialog.getByRole("button", { name: "Delete it" })).toHaveAttribute("aria-disabled", "true");
  await dialog.getByLabel("Your name").fill("Sam");
  await dialog.getByRole("button", { name: "Delete it" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("grid", { name: "Policies" })).not.toContainText("policies/sales.yaml");
});
