import { expect, test } from "@playwright/test";

test.beforeEach(async ({ page, request }) => {
  await request.post("/mock/reset");
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page.getByRole("grid", { name: "Sessions" })).toBeVisible();
});

test("a session opens by keys, names its runs and leads to one", async ({ page }) => {
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/sessions\?session=/);
  const pane = page.getByRole("region", { name: /^Session / });
  const run = pane.getByRole("table").getByRole("link").first();
  await expect(run).toBeVisible();
  await expect(pane.getByTitle(/spans that its agent made are here/).first()).toBeVisible();
  await run.click();
  await expect(page).toHaveURL(/\/runs\/[0-9a-f]{32}/);
});

test("the address holds what is looked for, and an empty list can be cleared", async ({ page }) => {
  await page.getByRole("searchbox", { name: "Filter sessions" }).fill("nothing is called so");
  await expect(page.getByText("No session matches")).toBeVisible();
  await expect(page).toHaveURL(/q=nothing/);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(page.getByRole("grid", { name: "Sessions" })).toBeVisible();
  await expect(page).not.toHaveURL(/q=/);
});

test("what is listed is exported as it is narrowed, for a spreadsheet and for programs", async ({ page }) => {
  await page.getByRole("searchbox", { name: "Filter sessions" }).fill("brief");
  await expect(page).toHaveURL(/q=brief/);
  await page.getByRole("button", { name: "Export" }).click();
  await expect(page.getByRole("link", { name: /^CSV/ })).toHaveAttribute("href", "/v1/sessions?q=brief&limit=1000&format=csv");
  await page.goto(`/runs?q=${encodeURIComponent("agent:writer")}`);
  await page.getByRole("button", { name: "Export" }).click();
  await expect(page.getByRole("link", { name: /^JSON/ })).toHaveAttribute("href", /^\/v1\/runs\?q=agent%3Awriter.*format=json$/);
});

test("Escape closes a session", async ({ page }) => {
  await page.getByRole("row").nth(1).click();
  await expect(page.getByRole("region", { name: /^Session / })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("region", { name: /^Session / })).toHaveCount(0);
});
