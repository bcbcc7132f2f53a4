import { expect, test } from "@playwright/test";

test.beforeEach(async ({ page, request }) => {
  await request.post("/mock/reset");
  await page.goto("/coverage");
});

test("one number, every gap with its next step, for the time that is asked about", async ({ page }) => {
  await expect(page.getByRole("region", { name: "Governed" })).toContainText("of 16,877 calls");
  await expect(page.getByRole("list", { name: "Gaps" }).getByRole("listitem").first()).toContainText("Call holdfast.init() where it starts.");
  await page.getByRole("tab", { name: "Last day" }).click();
  await expect(page).toHaveURL(/days=1$/);
  await expect(page.getByRole("region", { name: "Governed" })).toContainText("of 2,411 calls");
});

test("a breaker is closed by hand, and detectors stand beside a peer", async ({ page }) => {
  const breakers = page.getByRole("list", { name: "Breakers" });
  await expect(breakers.getByRole("listitem")).toHaveCount(2);
  await page.getByRole("button", { name: "Close the breaker of local/llama-3.3-70b" }).click();
  await expect(breakers.getByRole("listitem")).toHaveCount(1);
  const peer = page.getByRole("table", { name: "Detectors" }).getByRole("row").filter({ hasText: "as published" });
  await expect(peer).toContainText("6.4 %");
});
