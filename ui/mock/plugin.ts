/** Puts the fake server behind Vite's own, in development and in preview. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { problem, read, write } from "./http.ts";
import { MockServer } from "./server.ts";

const TICK_MS = 2500;

export function mockServer(): Plugin {
  const server = new MockServer();
  const handle = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const path = request.url ?? "/";
    if (path.startsWith("/v1/events")) return server.follow(response);
    if (path.startsWith("/mock/reset")) return void (server.reset(), write(response, { status: 204, body: null }));
    if (path.startsWith("/mock/tamper")) return void (server.tamper(), write(response, { status: 204, body: null }));
    if (!path.startsWith("/v1/")) return next();
    read(request)
      .then((ask) => write(response, server.answer(ask)))
      .catch((error: unknown) => write(response, problem(400, "unreadable", "The request could not be read", String(error))));
  };
  const begin = () => setInterval(() => server.tick(), TICK_MS).unref();
  return {
    name: "holdfast-mock",
    configureServer: (vite) => void (begin(), vite.middlewares.use(handle)),
    configurePreviewServer: (vite) => void (begin(), vite.middlewares.use(handle)),
  };
}
