/** How clients are pointed at the gateway. */

export type Api = "chat" | "responses" | "messages";

export const API_WORDS: Record<Api, string> = { chat: "Chat Completions", responses: "Responses", messages: "Messages" };

const PATHS: Record<Api, string> = { chat: "/v1/chat/completions", responses: "/v1/responses", messages: "/v1/messages" };

/** What a client of an API is told before it starts. */
export const environments = (url: string, key = "hf-…") => ({
  openai: `export OPENAI_BASE_URL=${url}/v1\nexport OPENAI_API_KEY=${key}`,
  anthropic: `export ANTHROPIC_BASE_URL=${url}\nexport ANTHROPIC_AUTH_TOKEN=${key}`,
  codex: `export HOLDFAST_KEY=${key}\ncodex -c model_provider=holdfast -c model_providers.holdfast='{ name = "Holdfast", base_url = "${url}/v1", env_key = "HOLDFAST_KEY", wire_api = "responses" }'`,
});

/** The shortest request that a model answers. */
export function exampleBody(api: Api): Record<string, unknown> {
  if (api === "responses") return { input: "Say hello." };
  return { ...(api === "messages" && { max_tokens: 256 }), messages: [{ role: "user", content: "Say hello." }] };
}

/** The same request from a shell. */
export function curlLine({ url, key = "hf-…", model, api = "chat", body = exampleBody(api) }: { url: string; key?: string; model: string; api?: Api; body?: Record<string, unknown> }): string {
  const text = JSON.stringify({ model, ...body }).replaceAll("'", String.raw`'\''`);
  return [`curl ${url}${PATHS[api]}`, `-H "authorization: Bearer ${key}"`, `-H "content-type: application/json"`, `-d '${text}'`].join(" \\\n  ");
}

/** What the model said, of whichever API; null when the answer holds no text. */
export function saidIn(body: unknown): string | null {
  const found = [...texts(body)];
  return found.length > 0 ? found.join("\n") : null;
}

type Loose = { [key: string]: Loose | undefined } & Loose[] & string;

function* texts(body: unknown): Generator<string> {
  const answer = (typeof body === "object" && body !== null ? body : {}) as Loose;
  const parts = [...list(answer["choices"]).map((choice) => choice["message"]?.["content"]), ...list(answer["output"]).flatMap((item) => list(item["content"]).map((part) => part["text"])), ...list(answer["content"]).map((part) => part["text"]), answer["error"]?.["message"]];
  for (const part of parts) if (typeof part === "string" && part) yield part;
}

const list = (value: Loose | undefined): Loose[] => (Array.isArray(value) ? value : []);
