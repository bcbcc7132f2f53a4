import { expect, test } from "@playwright/test";

test.beforeEach(({ request }) => request.post("/mock/reset"));

test("a contract that changed is shown part by part, and reviewed by somebody with a name", async ({ page }) => {
  await page.goto("/tools");
  await page.getByRole("tab", { name: "Drifted" }).click();
  await expect(page).toHaveURL(/show=drifted/);
  await page.getByRole("row").filter({ hasText: "send_email" }).click();
  const pane = page.getByRole("region", { name: "Tool send_email" });
  await expect(pane.getByRole("list", { name: "What changed" })).toContainText("lets more through");
  await pane.getByLabel("Your name").fill("Sam");
  await pane.getByRole("button", { name: "It is as it should be" }).click();
  await expect(pane.getByRole("list", { name: "What changed" })).toHaveCount(0);
  await expect(pane.getByText("known", { exact: true })).toBeVisible();
  await expect(page.getByText("No tool matches")).toBeVisible();
});

test("a tool is found, says who uses it, and leads to their runs", async ({ page }) => {
  await page.goto("/tools");
  await page.getByLabel("Filter tools").fill("lookup");
  await expect(page).toHaveURL(/q=lookup/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const pane = page.getByRole("region", { name: "Tool lookup_rate" });
  await expect(pane.getByLabel("contract", { exact: true })).toContainText("timeout_s");
  await expect(pane).toContainText("Ends within30 s");
  await pane.getByRole("link", { name: "quotes" }).click();
  await expect(page).toHaveURL(/runs\?agent=quotes/);
});
