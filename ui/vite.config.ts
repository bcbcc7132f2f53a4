/** How the console is built, and how the fake server joins it with `--mode mock`. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { mockServer } from "./mock/plugin.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const server = process.env["HOLDFAST_SERVER"] ?? "http://127.0.0.1:7420";

export default defineConfig(({ mode }) => ({
  plugins: [react(), ...(mode === "mock" ? [mockServer()] : [])],
  resolve: { alias: { "~": path("src") } },
  server: {
    host: "127.0.0.1",
    // The server refuses foreign Host and Origin headers, so the proxy speaks as the server's own page.
    ...(mode === "mock" ? {} : { proxy: { "/v1": { target: server, changeOrigin: true, headers: { origin: server } } } }),
  },
  preview: { host: "127.0.0.1" },
  build: {
    outDir: path("../server/src/holdfast_server/console"),
    emptyOutDir: true,
    sourcemap: false,
    // What we did not write changes seldom, so a browser keeps it from one version to the next.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "vendor", test: /node_modules/ }] } } },
  },
  test: { environment: "node", include: ["src/**/*.test.ts", "mock/**/*.test.ts"] },
}));
