/** Browser tests on the fake server's story, against the built console. */
import { defineConfig } from "@playwright/test";
import { args, executablePath } from "./e2e/browser.mjs";

const PORT = Number(process.env["HOLDFAST_E2E_PORT"] ?? 4199);

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  outputDir: "node_modules/.cache/playwright",
  // The fake server holds one story; tests change it and set it back.
  workers: 1,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath, args },
  },
  webServer: {
    command: `npm run build && npm run preview:mock -- --port ${PORT} --strictPort`,
    url: `http://127.0.0.1:${PORT}/v1/health`,
    reuseExistingServer: false,
    timeout: 60_000,
  },
});
