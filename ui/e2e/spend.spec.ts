import { expect, test } from "@playwright/test";

test.beforeEach(({ request }) => request.post("/mock/reset"));

test("costs are told by any name, drawn alone, read point by point and as a table", async ({ page }) => {
  await page.goto("/spend");
  await expect(page.getByRole("region", { name: "Spending" })).toContainText("By success, failures paid for");
  await page.getByLabel("Add up by").selectOption("customer");
  await expect(page).toHaveURL(/by=customer/);
  const table = page.getByRole("table", { name: "Costs by customer" });
  await expect(table.getByRole("row")).toHaveCount(12);
  await table.getByRole("button", { name: "C-507" }).click();
  await expect(page).toHaveURL(/key=C-507/);
  const legend = page.getByRole("group", { name: "Costs over time: only one" });
  await expect(legend.getByRole("button", { name: "C-507" })).toHaveAttribute("aria-pressed", "true");
  const chart = page.getByRole("img", { name: /Costs over time/ });
  await chart.press("Home");
  const first = await page.getByText(/C-507 \$/).textContent();
  await chart.press("ArrowRight");
  await expect(page.getByText(/C-507 \$/)).not.toHaveText(first ?? "");
  await page.getByRole("tab", { name: "Table", exact: true }).click();
  await expect(page.getByRole("table", { name: "Costs over time" }).getByRole("columnheader", { name: "(others)" })).toBeVisible();
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/key=/);
  await page.keyboard.press("]");
  await expect(page).toHaveURL(/by=release/);
});

test("what stands out leads to its run, and another model is priced", async ({ page }) => {
  await page.goto("/spend");
  const odd = page.getByRole("list", { name: "Out of the ordinary" });
  await expect(odd).toContainText("40 times the usual");
  await expect(odd.getByRole("link").first()).toHaveAttribute("href", /\/runs\//);
  await page.getByLabel("Another model").fill("claude-haiku-4-5");
  await page.getByRole("button", { name: "Price it" }).click();
  await expect(page.getByText(/saves \$/)).toBeVisible();
  await page.getByLabel("Another model").fill("nobody-knows-it");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No price is known for nobody-knows-it.")).toBeVisible();
});

test("an invoice is explained, and a file that is none is refused with the next step", async ({ page }) => {
  await page.goto("/spend");
  await page.getByRole("button", { name: /anthropic, / }).click();
  const told = page.getByRole("table", { name: "Invoice explained" });
  await expect(told).toContainText("passed Holdfast by");
  await expect(told).toContainText("no reason found");
  await page.getByLabel("Cost export as CSV").setInputFiles({ name: "shopping.csv", mimeType: "text/csv", buffer: Buffer.from("{}") });
  await expect(page.getByRole("alert")).toContainText("no cost export");
});

test("spending is a file as well", async ({ page }) => {
  await page.goto("/spend?by=model&days=30");
  await expect(page.getByRole("link", { name: "CSV" })).toHaveAttribute("href", /^\/v1\/costs\?by=model&since=.*format=csv$/);
  await expect(page.getByRole("link", { name: "JSON" })).toHaveAttribute("download", "costs-by-model.json");
});

test("reliability is drawn by metric and agent, with intervals and objectives", async ({ page }) => {
  await page.goto("/reliability");
  await expect(page.getByRole("region", { name: "Reliability" })).toContainText("unproven");
  await page.keyboard.press("]");
  await expect(page.getByRole("tab", { name: "Valid calls" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("]");
  await expect(page).toHaveURL(/metric=tool_success/);
  await page.getByRole("table", { name: "Reliability by agent" }).getByRole("button", { name: "sales" }).click();
  await expect(page.getByRole("region", { name: "Over time, sales" })).toBeVisible();
  await page.getByRole("img", { name: /Tool success over time/ }).press("End");
  await expect(page.getByText(/ to .* of \d+/).first()).toBeVisible();
  const objectives = page.getByRole("list", { name: "Objectives" });
  await expect(objectives.getByRole("meter", { name: "Error budget of sales-tools that is left" })).toBeVisible();
  await expect(objectives).toContainText("Burns too fast");
  await expect(page.getByRole("list", { name: "Alerts" })).toContainText("firing");
  await expect(page.getByRole("list", { name: "Escalations" })).toContainText("refund.over-100");
  await page.getByRole("tab", { name: "By version" }).click();
  await expect(page.getByRole("table", { name: "Reliability by version" })).toContainText("2026.3");
});
