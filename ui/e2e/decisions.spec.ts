import { expect, test, type Page } from "@playwright/test";

test.beforeEach(({ request }) => request.post("/mock/reset"));

async function refused(page: Page) {
  await page.goto("/runs?state=running");
  await page.getByRole("row").filter({ hasText: "Reconcile the freight" }).click();
  await page.getByRole("treeitem").filter({ hasText: "send_email" }).click();
  await expect(page.getByRole("region", { name: "Step send_email" })).toBeVisible();
}

test("a refused step says what it saw, who brought it, and what would have passed", async ({ page }) => {
  await refused(page);
  const step = page.getByRole("region", { name: "Step send_email" });
  await expect(step.getByRole("list", { name: "It would pass if" })).toContainText("the person or a trusted tool had chosen to");
  await expect(step.getByRole("region", { name: "What it looked at" })).toContainText("refunds@example.net");
  await expect(step.getByRole("list", { name: "Rules that do not count yet" })).toContainText("mail.first-contact");
  await step.getByRole("region", { name: "Labels of the session" }).getByRole("link").first().click();
  await expect(page.getByRole("region", { name: "Step read_invoice" })).toBeVisible();
});

test("a refusal is called wrong by somebody with a name", async ({ page }) => {
  await refused(page);
  await page.getByRole("button", { name: "This refusal was wrong" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: /Count it as wrong/ })).toHaveAttribute("aria-disabled", "true");
  await dialog.getByLabel("Your name").fill("Sam");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByText("Counted as wrong against")).toContainText("flow.outbound-untrusted");
});

test("a question shows the rule that asks it, with its place, and a record leads to its decision", async ({ page, request }) => {
  const approvals = (await (await request.get("/v1/approvals?state=pending")).json()) as { items: { id: string; step: string; target: string }[] };
  const discount = approvals.items.find((each) => each.target === "apply_discount");
  await page.goto(`/approvals/${discount?.id}`);
  await expect(page.getByLabel("Text of discount.over-15")).toContainText("context.args.percent.greaterThan");
  await expect(page.getByRole("button", { name: /Copy place policies\/sales.yaml:/ })).toBeVisible();
  const ledger = (await (await request.get("/v1/ledger?q=discount.over-15")).json()) as { items: { index: number; step: string }[] };
  const entry = ledger.items.find((each) => each.step === discount?.step);
  await page.goto(`/ledger?at=${entry?.index}`);
  await page.getByRole("link", { name: "The whole explanation" }).click();
  await expect(page.getByRole("region", { name: "Step apply_discount" })).toBeVisible();
});
