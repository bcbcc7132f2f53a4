import { expect, test, type Page } from "@playwright/test";

test.beforeEach(({ request }) => request.post("/mock/reset"));

async function open(page: Page, title: string, view = "") {
  await page.goto(`/runs?q=${encodeURIComponent(title)}`);
  await page.getByRole("row").filter({ hasText: title }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(title);
  if (view) await page.getByRole("tab", { name: view }).click();
}

const CROWD = "Classify fifty thousand";
const BRIEF = "Draft the quarterly market brief";
const steps = (page: Page) => page.getByRole("tree", { name: "Steps" });

test("fifty thousand steps scroll to the end, and only what is seen is drawn", async ({ page }) => {
  await open(page, CROWD);
  await expect(page.getByRole("tab", { name: "Tree" })).toContainText("50,000");
  await steps(page).evaluate((element) => element.parentElement?.scrollTo(0, 49_955 * 28));
  await expect(page.getByRole("treeitem").filter({ hasText: "batch 1250" })).toBeVisible();
  expect(await page.getByRole("treeitem").count()).toBeLessThan(120);
});

test("the next refusal is a key away, opened where it was folded, and its address leads back to it", async ({ page }) => {
  await open(page, CROWD);
  await expect(steps(page)).toBeVisible();
  await page.keyboard.press("x");
  await page.keyboard.press("e");
  await expect(page.getByRole("treeitem", { selected: true })).toContainText("deny");
  await expect(page.getByRole("group", { name: "Errors and refusals" })).toContainText("1/19");
  await expect(page.getByRole("region", { name: /^Step / })).toContainText("legal hold");
  const address = page.url();
  await page.keyboard.press("Shift+E");
  await expect(page.getByRole("group", { name: "Errors and refusals" })).toContainText("19/19");
  await page.goto(address);
  await expect(page.getByRole("treeitem", { selected: true })).toBeInViewport();
  await expect(page.getByRole("treeitem", { selected: true })).toContainText("The ticket is under legal hold.");
});

test("words find steps, and each is gone to in turn", async ({ page }) => {
  await open(page, CROWD);
  await expect(steps(page)).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("label_ticket deny");
  const status = page.getByRole("toolbar", { name: "Steps" }).locator("output");
  await expect(status).toHaveText("10");
  await page.keyboard.press("Enter");
  await expect(status).toHaveText("1 of 10");
  await page.keyboard.press("Enter");
  await expect(status).toHaveText("2 of 10");
  await expect(page).toHaveURL(/find=label_ticket\+deny/);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/find=/);
});

test("part of the timeline is brushed, lists what lies in it, and is all shown again", async ({ page }) => {
  await open(page, CROWD, "Timeline");
  const map = page.getByRole("slider", { name: "Shown from" }).locator("..");
  await expect(map).toBeVisible();
  const box = (await map.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.55, box.y + 10, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/zoom=\d+-\d+/);
  await expect(page.getByRole("treeitem").nth(1)).toContainText(/batch 6\d\d/);
  await page.keyboard.press("0");
  await expect(page).not.toHaveURL(/zoom=/);
});

test("the keys lead to every view, and each shows the run", async ({ page }) => {
  await open(page, BRIEF);
  const views: [string, string, () => Promise<void>][] = [
    ["f", "flame", () => expect(page.getByRole("tree", { name: "Flame by time" }).getByRole("treeitem").first()).toContainText("writer")],
    ["a", "graph", () => expect(page.getByRole("button", { name: /reviewer/ }).first()).toBeVisible()],
    ["q", "sequence", () => expect(page.getByRole("option").first()).toHaveAccessibleName(/Person to writer/)],
    ["d", "decisions", () => expect(page.getByRole("grid", { name: "Decisions" }).getByRole("row").nth(1)).toContainText("allow")],
    ["m", "memory", () => expect(page.getByText("Nothing was kept or recalled")).toBeVisible()],
    ["$", "cost", () => expect(page.getByRole("region", { name: "Cost" })).toContainText("Dearest steps")],
    ["l", "timeline", () => expect(page.getByRole("slider", { name: "Shown to" })).toBeVisible()],
  ];
  for (const [key, view, shows] of views) {
    await page.keyboard.press(key);
    await expect(page).toHaveURL(new RegExp(`view=${view}`));
    await shows();
  }
  await page.keyboard.press("l");
  await expect(page).not.toHaveURL(/view=/);
});

test("loops are edges back with a counter; as it ran shows every step on its rail", async ({ page }) => {
  await open(page, BRIEF, "Graph");
  await expect(page.getByRole("img", { name: /2 of them loops|1 of them loops/ })).toBeVisible();
  await expect(page.getByText("×9", { exact: true }).first()).toBeVisible();
  await page.getByRole("tab", { name: "As it ran" }).click();
  await expect(page).toHaveURL(/graph=as-it-ran/);
  await expect(page.getByRole("listbox", { name: "Steps as they ran" }).getByRole("option").first()).toContainText("writer");
});

test("a run that another came of stands beside the graph, and is a click away from both ends", async ({ page }) => {
  await open(page, BRIEF, "Graph");
  await expect(page.getByRole("img", { name: "1 run beside this one" })).toBeVisible();
  await page.getByRole("link", { name: /^researcher/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Compare battery recyclers");
  await expect(page).toHaveURL(/step=/);
  await page.getByRole("tab", { name: "Attributes" }).click();
  await page.getByRole("link", { name: /^writer: Draft the quarterly/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(BRIEF);
  await page.getByRole("tab", { name: "Attributes" }).click();
  await expect(page.getByText("messaging.system")).toBeVisible();
});

test("a run is played back, slower and faster, and Escape ends it", async ({ page }) => {
  await open(page, BRIEF);
  await expect(steps(page)).toBeVisible();
  await page.keyboard.press("Space");
  const moment = page.getByRole("slider", { name: "Moment" });
  await expect(moment).toBeVisible();
  await expect.poll(async () => Number(await moment.inputValue())).toBeGreaterThan(5);
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  await expect(page.locator("[data-phase=ahead]").first()).toBeVisible();
  await page.keyboard.press(">");
  await expect(page.getByText("2×")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(moment).toHaveCount(0);
});

test("heat is chosen, kept in the address and drawn by share of the parent", async ({ page }) => {
  await open(page, BRIEF);
  await expect(steps(page)).toBeVisible();
  await page.keyboard.press("h");
  await expect(page).toHaveURL(/heat=time/);
  await expect(page.getByTitle(/% of its parent/).first()).toBeAttached();
});

test("two runs stand side by side from where they part", async ({ page }) => {
  await open(page, BRIEF);
  await page.keyboard.press("v");
  const dialog = page.getByRole("dialog", { name: "Compare with" });
  await dialog.getByLabel("Find a run").fill("renewal offer");
  await dialog.getByRole("link", { name: /renewal offer/ }).first().click();
  await expect(page).toHaveURL(/\/compare\//);
  await expect(page.getByText("They part first here.")).toBeVisible();
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/row=\d+/);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/runs\/[0-9a-f]+$/);
});

test("a run is exported as JSON, CSV and OTLP", async ({ page }) => {
  await open(page, BRIEF);
  await page.getByRole("button", { name: "Export" }).click();
  for (const [name, form] of [["JSON", "json"], ["CSV", "csv"], ["OTLP JSON", "otlp"]] as const) {
    await expect(page.getByRole("link", { name: new RegExp(`^${name}`) })).toHaveAttribute("href", new RegExp(`export\\?as=${form}$`));
  }
});

test("a run that is not recorded yet is looked for again until it is", async ({ page }) => {
  await open(page, BRIEF);
  const address = page.url();
  const run = new URL(address).pathname.split("/").at(-1)!;
  let recorded = false;
  await page.route(`**/v1/runs/${run}*`, (route) => (recorded ? route.continue() : route.fulfill({ status: 404, json: { title: "Not Found" } })));
  await page.goto(address);
  await expect(page.getByText("Not recorded yet")).toBeVisible();
  recorded = true;
  await expect(page.getByRole("heading", { level: 1 })).toContainText(BRIEF);
});

test("what a tool claims stands beside what the world shows, and the way back", async ({ page }) => {
  await open(page, "Reconcile the freight invoices");
  await page.getByRole("treeitem").filter({ hasText: "issue_refund" }).click();
  await page.getByRole("tab", { name: "Arguments & result" }).click();
  const shown = page.getByRole("region", { name: "Claimed and observed" });
  await expect(shown).toContainText("confirmed: the world shows it");
  await expect(shown).toContainText('reverse_refund {"order":"O-7719"}');
});
