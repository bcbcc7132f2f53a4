import { createRequire } from "node:module";
import { expect, test, type Page } from "@playwright/test";

const axe = createRequire(import.meta.url).resolve("axe-core");
const PAGES = ["/", "/runs", "/sessions", "/approvals", "/ledger", "/ledger?at=3", "/policies", "/policies?rule=refund.office-hours", "/policies?file=policies/sales.yaml", "/budgets", "/budgets?budget=agent:invoices:usd:day", "/tools", "/tools?tool=send_email", "/coverage", "/gateway", "/gateway/calls", "/gateway/keys?show=all", "/gateway/providers?provider=local", "/gateway/routes?route=cheap", "/gateway/playground", "/spend", "/spend?by=model&instead=gpt-4o&invoice=inv_february", "/reliability", "/reliability?metric=tool_success&agent=sales", "/connect"];

const VIEWS = ["timeline", "flame", "graph", "graph&graph=as-it-ran", "sequence", "conversation", "decisions", "memory", "cost"];

const THEMES = ["light", "dark"] as const;
const STANDARD = { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] };

type Finding = { id: string; nodes: { html: string; failureSummary: string }[] };
type Axe = { run: (context: Document, options: object) => Promise<{ violations: Finding[]; passes: Finding[] }> };

test.beforeEach(({ request }) => request.post("/mock/reset"));

test("every page keeps WCAG 2.2 AA in both themes", async ({ page, request }) => {
  test.setTimeout(240_000);
  const runs = (await (await request.get("/v1/runs?limit=200")).json()) as { items: { id: string; state: string }[] };
  const shown = ["running", "waiting", "halted"].map((state) => `/runs/${runs.items.find((run) => run.state === state)?.id}`);
  const findings: string[] = [];
  for (const path of [...PAGES, ...shown, ...VIEWS.map((view) => `${shown[2]}?view=${view}&heat=time`), `${shown[1]}/compare/${shown[2]?.split("/").at(-1)}`]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await page.addScriptTag({ path: axe });
    for (const theme of THEMES) findings.push(...(await judge(page, path, theme)));
  }
  expect(findings).toEqual([]);
});

async function judge(page: Page, path: string, theme: (typeof THEMES)[number]): Promise<string[]> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
  const { violations, passes } = await page.evaluate((standard) => (window as unknown as { axe: Axe }).axe.run(document, standard), STANDARD);
  expect(passes.length, `axe judged ${path}, ${theme}`).toBeGreaterThan(10);
  return violations.map((each) => `${path} ${theme} ${each.id}: ${each.nodes[0]?.html} ${each.nodes[0]?.failureSummary}`);
}
