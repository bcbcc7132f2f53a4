import { createRequire } from "node:module";
import { expect, test, type Page } from "@playwright/test";

const axe = createRequire(import.meta.url).resolve("axe-core");
const PAGES = ["/", "/runs", "/sessions", "/approvals", "/ledger", "/ledger?at=3", "/policies", "/policies?rule=refund.office-hours", "/policies?file=policies/sales.yaml", "/budgets", "/budgets?budget=agent:invoices:usd:day", "/tools", "/tools?tool=send_email", "/coverage", "/gateway", "/gateway/calls", "/gateway/keys?show=all", "/gateway/providers?provider=local", "/gateway/routes?route=cheap", "/gateway/playground"];
/** Judged beside the views of a run, so that both halves take as long. */
const OTHERS = ["/spend", "/spend?by=model&instead=gpt-4o&invoice=inv_february", "/reliability", "/reliability?metric=tool_success&agent=sales", "/connect"];

const VIEWS = ["timeline", "flame", "graph", "graph&graph=as-it-ran", "sequence", "conversation", "decisions", "memory", "cost"];

const STANDARD = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
/** The theme changes colours and nothing else, so in the dark only they are judged again. */
const THEMES = { light: { runOnly: STANDARD }, dark: { runOnly: { type: "rule", values: ["color-contrast"] } } } as const;
type Theme = keyof typeof THEMES;

type Finding = { id: string; nodes: { html: string; failureSummary: string }[] };
type Axe = { run: (context: Document, options: object) => Promise<{ violations: Finding[]; passes: Finding[] }> };

// Each half takes a worker, with a story of its own.
test.describe.configure({ mode: "parallel", timeout: 240_000 });

test.beforeEach(({ request }) => request.post("/mock/reset"));

test("every page keeps WCAG 2.2 AA in both themes", async ({ page }) => {
  expect(await judgeAll(page, PAGES)).toEqual([]);
});

test("every view of a run keeps WCAG 2.2 AA in both themes", async ({ page, request }) => {
  const runs = (await (await request.get("/v1/runs?limit=200")).json()) as { items: { id: string; state: string }[] };
  const [running = "", waiting = "", halted = ""] = ["running", "waiting", "halted"].map((state) => runs.items.find((run) => run.state === state)?.id);
  const views = VIEWS.map((view) => `/runs/${halted}?view=${view}&heat=time`);
  expect(await judgeAll(page, [running, waiting, halted].map((run) => `/runs/${run}`).concat(views, `/runs/${waiting}/compare/${halted}`, OTHERS))).toEqual([]);
});

async function judgeAll(page: Page, paths: readonly string[]): Promise<string[]> {
  const findings: string[] = [];
  for (const path of paths) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await page.addScriptTag({ path: axe });
    for (const theme of ["light", "dark"] as const) findings.push(...(await judge(page, path, theme)));
  }
  return findings;
}

async function judge(page: Page, path: string, theme: Theme): Promise<string[]> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
  const { violations, judged } = await page.evaluate(async (standard) => {
    // What passed is only counted: to bring all of it over takes longer than to judge it.
    const told = await (window as unknown as { axe: Axe }).axe.run(document, { ...standard, resultTypes: ["violations"] });
    return { violations: told.violations, judged: told.passes.length };
  }, THEMES[theme]);
  expect(judged, `axe judged ${path}, ${theme}`).toBeGreaterThan(theme === "light" ? 10 : 0);
  return violations.map((each) => `${path} ${theme} ${each.id}: ${each.nodes[0]?.html} ${each.nodes[0]?.failureSummary}`);
}
