/** The little of HTTP that a fake server needs. */
import type { IncomingMessage, ServerResponse } from "node:http";

export type Ask = { method: string; path: string; query: URLSearchParams; body: Record<string, unknown> };
export type Answer = { status: number; body: unknown };

const MAX_BODY = 1_000_000;

export const ok = (body: unknown, status = 200): Answer => ({ status, body });

export const problem = (status: number, code: string, title: string, detail = "", hint = ""): Answer => ({
  status,
  body: { type: `https://holdfast.example/problems/${code}`, title, status, detail, code, hint },
});

export async function read(request: IncomingMessage): Promise<Ask> {
  const url = new URL(request.url ?? "/", "http://mock");
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new Error("body too large");
  }
  return { method: request.method ?? "GET", path: url.pathname, query: url.searchParams, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

export function write(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json", "cache-control": "no-store" });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

/** One page of a list; the cursor is the offset of the next. */
export function page<T>(items: readonly T[], query: URLSearchParams): { items: T[]; next: string | null } {
  const { from, limit } = bounds(query);
  return { items: items.slice(from, from + limit), next: from + limit < items.length ? String(from + limit) : null };
}

export function bounds(query: URLSearchParams): { from: number; limit: number } {
  return { from: Number(query.get("cursor") ?? 0), limit: Math.min(1000, Number(query.get("limit") ?? 100)) };
}
