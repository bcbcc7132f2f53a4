import { expect, test } from "@playwright/test";

test.beforeEach(async ({ page, request }) => {
  await request.post("/mock/reset");
  await page.goto("/");
  await expect(page.getByRole("region", { name: "Now" })).toBeVisible();
});

test("the palette finds pages, runs and stops by name", async ({ page }) => {
  await page.keyboard.press("Control+k");
  await page.keyboard.type("ledger");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/ledger$/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("battery recyclers");
  await page.getByRole("option", { name: /battery recyclers/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("battery recyclers");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("stop agent support");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByLabel("Which")).toHaveValue("support");
});

test("g and a letter leads to a page, ? shows the keys, Escape closes them", async ({ page }) => {
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page).toHaveURL(/\/approvals/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("everything is stopped from the fleet, and lifted again", async ({ page }) => {
  await page.getByRole("button", { name: /Stop everything/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Drill");
  await dialog.getByLabel("Your name").fill("Sam");
  await page.keyboard.press("Control+Enter");
  await dialog.getByRole("button", { name: "Done" }).click();
  const stops = page.getByRole("region", { name: "Stops in force" });
  await expect(stops).toContainText("everything");
  await expect(stops).toContainText("heard by 2 processes within 5 ms");
  await expect(page.getByRole("region", { name: "Now" })).toContainText("Nothing runs at the moment");
  await stops.getByRole("button", { name: "Lift" }).click();
  await expect(stops).toHaveCount(0);
});

test("a lost connection is said, and found again", async ({ page, context }) => {
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await context.setOffline(true);
  await page.route("**/v1/events", (route) => route.abort());
  await page.reload().catch(() => {});
  await context.setOffline(false);
  await page.reload();
  await expect(page.getByText("Connection lost")).toBeVisible();
  await page.unroute("**/v1/events");
  await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 10_000 });
});

test("the theme is chosen and kept", async ({ page }) => {
  await page.keyboard.press("Control+k");
  await page.keyboard.type("theme dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("the ledger is verified, and a broken record is named and shown", async ({ page, request }) => {
  await page.goto("/ledger");
  await page.getByRole("button", { name: /Verify/ }).click();
  await expect(page.getByText("holds")).toBeVisible();
  await request.post("/mock/tamper");
  await page.getByRole("button", { name: /Verify/ }).click();
  await expect(page.getByText("Record 41: leaf hash does not match its bytes")).toBeVisible();
  await page.getByRole("button", { name: "Show it" }).click();
  await expect(page.getByRole("heading", { name: "Record 41" })).toBeVisible();
});

test("an answer that never came says so and can be asked for again", async ({ page }) => {
  await page.route("**/v1/runs?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ title: "The store is busy", status: 503, detail: "", code: "busy", hint: "Try again in a moment.", type: "" }) }));
  await page.goto("/runs");
  await expect(page.getByRole("alert")).toContainText("The store is busy", { timeout: 15_000 });
  await expect(page.getByRole("alert")).toContainText("Try again in a moment.");
  await page.unroute("**/v1/runs?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("grid", { name: "Runs" })).toBeVisible();
});
