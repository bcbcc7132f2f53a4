import { expect, test } from "@playwright/test";

test.beforeEach(({ request }) => request.post("/mock/reset"));

test("filters and sort live in the address, and an address brings them back", async ({ page }) => {
  await page.goto("/runs");
  await page.getByRole("button", { name: "State" }).click();
  await page.getByLabel("halted").click();
  await page.keyboard.press("Escape");
  await page.getByRole("columnheader", { name: "Cost" }).getByRole("button").click();
  await expect(page).toHaveURL(/state=halted&sort=-cost/);
  const states = page.getByRole("grid", { name: "Runs" }).getByRole("row").filter({ hasText: "halted" });
  await expect(states).toHaveCount(4);
  await page.goto("/runs?agent=quotes&verdict=halt&q=hamburg");
  await expect(page.getByRole("row").filter({ hasText: "Quote 40 kg" })).toHaveCount(1);
  await page.getByRole("button", { name: "Clear all" }).click();
  await expect(page).toHaveURL(/\/runs$/);
});

test("a list is walked and opened without a mouse", async ({ page }) => {
  await page.goto("/runs");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await expect(page.getByRole("row", { selected: true })).toHaveCount(1);
  const title = await page.getByRole("row", { selected: true }).getByRole("link").textContent();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title ?? "");
  await expect(page.getByRole("treeitem").first()).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/step=/);
  await expect(page.getByRole("treeitem", { selected: true })).toHaveCount(1);
  await expect(page.getByRole("tab", { name: "Arguments & result" })).toBeVisible();
  await page.keyboard.press("2");
  await expect(page.getByRole("tab", { name: "Arguments & result" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/step=/);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/runs$/);
});

test("a running run is stopped with a reason, and says so", async ({ page }) => {
  await page.goto("/runs?state=running");
  await page.getByRole("row").filter({ hasText: "Reconcile the freight" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Reconcile");
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: /Stop now/ })).toHaveAttribute("aria-disabled", "true");
  await dialog.getByLabel("Reason").fill("It reads the same invoice again and again");
  await dialog.getByLabel("Your name").fill("Sam");
  await dialog.getByRole("button", { name: /Stop now/ }).click();
  await expect(dialog).toContainText("heard by 2 processes within 5 ms");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("alert")).toContainText("Sam: It reads the same invoice again and again");
  await expect(page.getByRole("region", { name: "Run", exact: true }).getByText("halted")).toBeVisible();
});

test("what is in flight ticks and new steps arrive by themselves", async ({ page }) => {
  await page.goto("/runs?state=running");
  await page.getByRole("row").filter({ hasText: "Reconcile the freight" }).click();
  const steps = page.getByRole("treeitem");
  await expect(steps.first()).toBeVisible();
  const before = await steps.count();
  await expect.poll(() => steps.count(), { timeout: 12_000 }).toBeGreaterThan(before);
});

test("a query is typed with suggestions, its mistake is pointed at, and the address holds it", async ({ page }) => {
  await page.goto("/runs");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await page.keyboard.press("/");
  const field = page.getByRole("combobox", { name: "Search runs" });
  await expect(field).toBeFocused();
  await page.keyboard.type("age");
  await expect(page.getByRole("option", { name: "agent:" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.type("quo");
  await expect(page.getByRole("option", { name: "quotes" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(field).toHaveValue("agent:quotes ");
  await expect(page).toHaveURL(/q=agent%3Aquotes/);
  await page.keyboard.type("agnt:x");
  await expect(page.getByRole("status").filter({ hasText: "Column 14: unknown field `agnt`" })).toBeVisible();
  await expect(page).toHaveURL(/q=agent%3Aquotes$/);
});

test("facets narrow and widen, and a saved view has an address of its own", async ({ page }) => {
  await page.goto("/runs");
  const halted = page.getByRole("navigation", { name: "Narrow by" }).getByRole("region", { name: "state" }).getByRole("button", { name: /halted/ });
  await halted.click();
  await expect(page).toHaveURL(/q=state%3Ahalted/);
  await expect(halted).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name: "Save this search" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Stopped");
  await dialog.getByLabel("Your name").fill("Sam");
  await dialog.getByRole("button", { name: /Save/ }).click();
  await expect(page).toHaveURL(/view=view_/);
  const view = new URL(page.url()).searchParams.get("view");
  await page.goto(`/runs?view=${view}`);
  await expect(page).toHaveURL(/q=state%3Ahalted/);
  await expect(halted).toHaveAttribute("aria-pressed", "true");
  await halted.click();
  await expect(page).toHaveURL(/\/runs$/);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("list", { name: "Saved views" }).getByRole("button", { name: "Stopped" }).click();
  await page.getByRole("button", { name: "Stopped" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("button", { name: "Views" })).toBeVisible();
});
