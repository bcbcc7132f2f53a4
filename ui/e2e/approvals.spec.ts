import { expect, test } from "@playwright/test";

test.beforeEach(async ({ page, request }) => {
  await request.post("/mock/reset");
  await page.goto("/approvals");
  await page.getByRole("link", { name: /apply_discount/ }).click();
  await expect(page.getByRole("heading", { name: /renewals wants to call/ })).toBeVisible();
});

test("an edited call is approved, runs once, and the run goes on", async ({ page }) => {
  await page.keyboard.press("e");
  const editor = page.getByRole("textbox", { name: "Arguments" });
  await editor.fill((await editor.inputValue()).replace("50", "15"));
  await expect(page.getByRole("list", { name: "Changes" })).toContainText("percent50→15");
  await page.getByLabel("Your name").fill("Sam");
  await editor.press("Control+Enter");
  const outcome = page.getByRole("region", { name: "Outcome" });
  await expect(outcome).toContainText("The call was made, exactly once.");
  await expect(outcome).toContainText("Sam");
  await expect(outcome.getByRole("list", { name: "Changes" })).toContainText("percent50→15");
  await outcome.getByRole("link", { name: "See the run" }).click();
  await expect(page.getByRole("region", { name: "Run", exact: true }).getByText("completed")).toBeVisible();
});

test("arguments that break the contract cannot be approved, and the field is named", async ({ page }) => {
  await page.getByRole("button", { name: "Edit arguments" }).click();
  const editor = page.getByRole("textbox", { name: "Arguments" });
  await editor.fill((await editor.inputValue()).replace("50", "95"));
  await expect(page.getByText("percent must be at most 60")).toBeVisible();
  await expect(page.getByRole("button", { name: /Approve with edits/ })).toHaveAttribute("aria-disabled", "true");
});

test("a refusal needs its reason", async ({ page }) => {
  await page.getByLabel("Your name").fill("Sam");
  await page.getByRole("button", { name: /Refuse/ }).click();
  await expect(page.getByRole("alert")).toContainText("Say why you refuse");
  await page.getByLabel("Note").fill("Half the price is never an offer");
  await page.getByRole("button", { name: /Refuse/ }).click();
  const outcome = page.getByRole("region", { name: "Outcome" });
  await expect(outcome).toContainText("refused");
  await expect(outcome).toContainText("Half the price is never an offer");
});

test("whoever answers second is told who was first", async ({ page, request }) => {
  const id = new URL(page.url()).pathname.split("/").at(-1);
  // Hold this page's own news back, so that it still believes the question is open. A stream that is open already
  // cannot be held back, so the page is loaded again without one.
  await page.route("**/v1/events", (route) => route.abort());
  await page.reload();
  await page.getByLabel("Your name").fill("Sam");
  await page.route(/\/v1\/approvals/, (route) => (route.request().method() === "GET" ? route.abort() : route.continue()));
  await request.post(`/v1/approvals/${id}/answer`, { data: { verdict: "refuse", by: "Kim", note: "no" } });
  await page.getByRole("button", { name: /Approve/ }).click();
  await expect(page.getByRole("alert")).toContainText("Somebody answered first");
  await expect(page.getByRole("alert")).toContainText("Kim");
});

test("two roles need two answers", async ({ page }) => {
  await page.getByRole("link", { name: /delete_environment/ }).click();
  await page.getByLabel("Your name").fill("Sam");
  await page.getByRole("button", { name: /Approve/ }).click();
  await expect(page.getByText("Each must approve")).toContainText("Each must approve");
  await expect(page.getByRole("button", { name: /Approve/ })).toBeVisible();
  await page.getByLabel("Your name").fill("Kim");
  await page.getByRole("button", { name: /Approve/ }).click();
  await expect(page.getByRole("region", { name: "Outcome" })).toContainText("The call was made");
});
