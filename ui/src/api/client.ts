/** The typed door to the server: same origin, every path and shape from its OpenAPI. */
import createClient from "openapi-fetch";
import { asProblem } from "./problem";
import type { paths } from "./schema.gen";

export const api = createClient<paths>({ baseUrl: window.location.origin });

/** Where paging begins. */
export const FIRST = null as string | null;

type Answered<T> = { data?: T; error?: unknown; response: Response };

/** The answer's body, or the problem as an exception. */
export async function taken<T>(answer: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await answer.catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw asProblem(reason);
  });
  if (!response.ok) throw asProblem(error, response.status);
  return data as T;
}
