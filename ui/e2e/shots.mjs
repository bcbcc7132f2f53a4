/**
 * Photographs every page on the mock story, light and dark, wide and narrow.
 * Usage: npm run shots -- [folder] [name …]; with HOLDFAST_URL it photographs a real server instead.
 */
import { mkdirSync } from "node:fs";
import { chromium } from "@playwright/test";
import { preview } from "vite";
import { args, executablePath } from "./browser.mjs";

const [folder = "/tmp/shots", ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const server = process.env.HOLDFAST_URL ? null : await preview({ mode: "mock", preview: { port: 0 }, logLevel: "warn" });
const base = process.env.HOLDFAST_URL ?? server.resolvedUrls.local[0].replace(/\/$/, "");
const browser = await chromium.launch({ executablePath, args });

const json = async (path) => (await fetch(base + path)).json();
const runs = (await json("/v1/runs?limit=200")).items;
const runOf = (has) => runs.find(has)?.id;
const halted = runOf((run) => run.stopped_by && run.steps > 10) ?? runs[0]?.id;
const live = runOf((run) => run.agent === "invoices" && run.state === "running") ?? runs[0]?.id;
const waiting = runOf((run) => run.state === "waiting") ?? runs[0]?.id;
const alike = runs.filter((run) => run.agent === "renewals" && run.state !== "running").map((run) => run.id);
const crowd = runOf((run) => run.steps >= 50_000) ?? runs[0]?.id;
const denied = await stepOf(live, (step) => step.verdict === "deny");
const model = await stepOf(waiting, (step) => step.kind === "model");
const approval = (await json("/v1/approvals?state=pending")).items[0]?.id;

const refusedAt = (await json("/v1/ledger?q=flow.outbound")).items[0]?.index ?? 0;

async function stepOf(run, has) {
  const { items } = await json(`/v1/runs/${run}/steps?limit=200`);
  return (items.find(has) ?? items.at(-1))?.id;
}

const SHOTS = {
  fleet: { path: "/" },
  runs: { path: "/runs" },
  "runs-filtered": { path: "/runs?state=halted&state=failed&sort=-cost", act: (page) => page.getByRole("button", { name: "Verdict" }).click() },
  run: { path: `/runs/${halted}` },
  "run-step": { path: `/runs/${live}?step=${denied}` },
  "run-timeline": { path: `/runs/${live}?view=timeline&step=${denied}` },
  "run-messages": { path: `/runs/${waiting}?step=${model}&tab=messages` },
  "run-conversation": { path: `/runs/${waiting}?view=conversation` },
  "run-heat": { path: `/runs/${halted}?heat=time&find=error` },
  "run-flame": { path: `/runs/${crowd}?view=flame` },
  "run-graph": { path: `/runs/${halted}?view=graph` },
  "run-rails": { path: `/runs/${waiting}?view=graph&graph=as-it-ran` },
  "run-sequence": { path: `/runs/${waiting}?view=sequence` },
  "run-decisions": { path: `/runs/${halted}?view=decisions` },
  "run-memory": { path: `/runs/${halted}?view=memory` },
  "run-cost": { path: `/runs/${halted}?view=cost` },
  "run-played": { path: `/runs/${halted}?view=timeline`, act: play },
  "run-crowd": { path: `/runs/${crowd}` },
  "run-crowd-timeline": { path: `/runs/${crowd}?view=timeline&zoom=600000000-900000000` },
  "run-compare": { path: `/runs/${alike[0]}/compare/${alike[1]}` },
  approvals: { path: `/approvals/${approval}` },
  "approval-edit": { path: `/approvals/${approval}`, act: edit },
  "ledger-record": { path: `/ledger?at=${refusedAt}` },
  ledger: { path: "/ledger", act: (page) => page.getByRole("button", { name: "Verify" }).click() },
  policies: { path: "/policies" },
  "policy-rule": { path: "/policies?rule=refund.office-hours" },
  "policy-file": { path: "/policies?file=policies/sales.yaml&tab=diff", act: compare },
  "policy-check": { path: "/policies?file=policies/sales.yaml", act: (page) => mistype(page, "- clamp:", "- clmap:") },
  "policy-backtest": { path: "/policies?file=policies/sales.yaml&tab=backtest", act: judge },
  "policy-preset": { path: "/policies?file=policies/sales.yaml", act: preset },
  budgets: { path: "/budgets" },
  budget: { path: "/budgets?budget=agent:invoices:usd:day" },
  "budget-add": { path: "/budgets", act: (page) => page.keyboard.press("n") },
  tools: { path: "/tools" },
  tool: { path: "/tools?tool=send_email" },
  coverage: { path: "/coverage" },
  gateway: { path: "/gateway" },
  "gateway-calls": { path: "/gateway/calls" },
  "gateway-keys": { path: "/gateway/keys" },
  "gateway-key": { path: "/gateway/keys", act: makeKey },
  "gateway-key-ask": { path: "/gateway/keys", act: (page) => page.keyboard.press("n") },
  "gateway-providers": { path: "/gateway/providers" },
  "gateway-provider": { path: "/gateway/providers?provider=local", act: (page) => page.getByRole("button", { name: "Check" }).click() },
  "gateway-provider-ask": { path: "/gateway/providers", act: (page) => page.keyboard.press("n") },
  "gateway-routes": { path: "/gateway/routes" },
  "gateway-route": { path: "/gateway/routes?route=cheap" },
  "gateway-route-ask": { path: "/gateway/routes?route=smart", act: (page) => page.getByRole("button", { name: "Edit" }).click() },
  "gateway-playground": { path: "/gateway/playground" },
  "gateway-played": { path: "/gateway/playground", act: (page) => page.getByRole("button", { name: /Send/ }).click() },
  spend: { path: "/spend?days=30" },
  "spend-model": { path: "/spend?by=customer&instead=claude-haiku-4-5&invoice=inv_february", act: (page) => page.getByRole("img", { name: /Costs over time/ }).press("ArrowLeft") },
  reliability: { path: "/reliability?days=30" },
  "reliability-table": { path: "/reliability?metric=tool_success&agent=sales", act: (page) => page.getByRole("tab", { name: "Table", exact: true }).click() },
  stopped: { path: "/", act: stopAgent },
  connect: { path: "/connect" },
  palette: { path: "/", act: (page) => page.keyboard.press("Control+k") },
  stop: { path: "/", act: (page) => page.keyboard.press("s") },
  help: { path: "/", act: (page) => page.keyboard.press("?") },
};

async function play(page) {
  await page.keyboard.press(" ");
  await page.waitForTimeout(1500);
  await page.keyboard.press(" ");
}

async function edit(page) {
  await page.keyboard.press("e");
  const editor = page.getByRole("textbox", { name: "Arguments" });
  await editor.fill((await editor.inputValue()).replace("50", "15"));
}

async function mistype(page, from, to) {
  const editor = page.getByLabel("Text of policies/sales.yaml");
  await editor.fill((await editor.inputValue()).replace(from, to));
  await page.waitForTimeout(700);
}

async function compare(page) {
  await mistype(page, "over: 15", "over: 60");
  await page.getByRole("button", { name: /Compare/ }).click();
}

async function judge(page) {
  await mistype(page, "over: 15", "over: 60");
  await page.getByRole("button", { name: /Judge/ }).click();
}

async function preset(page) {
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("dialog").getByLabel("Preset").selectOption("threshold");
  await page.waitForTimeout(200);
}

async function makeKey(page) {
  await page.keyboard.press("n");
  await page.getByLabel("Name", { exact: true }).fill("Claude Code, platform team");
  await page.getByLabel("Acts as agent").fill("coder");
  await page.getByLabel("May ask").fill("smart, anthropic/*");
  await page.getByLabel("May spend").fill("30");
  await page.getByLabel("Your name").fill("Sam");
  await page.getByRole("button", { name: /Make it/ }).click();
  await page.getByRole("region", { name: "The key" }).waitFor();
}

async function stopAgent(page) {
  await page.getByRole("button", { name: "Stop agent support" }).click();
  await page.getByLabel("Reason").fill("Sends customers in circles");
  await page.getByLabel("Your name").fill("Sam");
  await page.getByRole("button", { name: /Stop now/ }).click();
  await page.getByRole("button", { name: "Done" }).click();
}

for (const theme of ["light", "dark"]) {
  for (const [width, height] of [[1440, 900], [1024, 768]]) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
    for (const [name, { path, act }] of Object.entries(SHOTS)) {
      if (names.length && !names.includes(name)) continue;
      if (server) await fetch(`${base}/mock/reset`, { method: "POST" });
      const page = await context.newPage();
      page.on("pageerror", (error) => process.stderr.write(`${name}: ${error}\n`));
      await page.goto(base + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForTimeout(500);
      await act?.(page);
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${folder}/${name}-${theme}-${width}.png` });
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await server?.close();
process.exit(0);
