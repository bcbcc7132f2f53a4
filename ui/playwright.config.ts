/** Browser tests on the fake server's story, against the built console. */
import { availableParallelism } from "node:os";
import { defineConfig } from "@playwright/test";
import { args, executablePath } from "./e2e/browser.mjs";

const PORT = Number(process.env["HOLDFAST_E2E_PORT"] ?? 4199);
// A fake server holds one story, which tests change and set back: each worker has a server of its own.
const WORKERS = Math.min(availableParallelism(), 2);
const serve = (port: number) => `npm run preview:mock -- --port ${port} --strictPort`;
const story = (port: number) => `http://127.0.0.1:${port}`;

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  outputDir: "node_modules/.cache/playwright",
  workers: WORKERS,
  // A browser on a busy machine may miss one; the report calls it flaky, and twice is a failure.
  retries: 1,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    baseURL: story(PORT + Number(process.env["TEST_PARALLEL_INDEX"] ?? 0)),
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath, args },
  },
  // They start one after the other, so the first builds the console for all.
  webServer: Array.from({ length: WORKERS }, (_, index) => PORT + index).map((port, index) => ({
    command: index ? serve(port) : `npm run build && ${serve(port)}`,
    url: `${story(port)}/v1/health`,
    reuseExistingServer: false,
    timeout: 60_000,
  })),
});
