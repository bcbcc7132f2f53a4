/** What went wrong, in the server's own words. */

type Document = { title?: string; detail?: string; hint?: string; code?: string; status?: number };

/** A problem document as an error; `hint` tells the reader what to do next. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;

  constructor(status: number, document: Document) {
    super(document.title ?? `The server answered ${status}`);
    this.status = status;
    this.code = document.code ?? "";
    this.detail = document.detail ?? "";
    this.hint = document.hint ?? "";
  }
}

/** The server could not be reached at all. */
export function unreachable(): Problem {
  return new Problem(0, {
    title: "The server does not answer",
    detail: "Nothing came back from this page's own address.",
    hint: "Agents go on under their last good policies. Start the server with: holdfast up",
    code: "unreachable",
  });
}

/** Read whatever a failed request brought into a problem. */
export function asProblem(error: unknown, status = 0): Problem {
  if (error instanceof Problem) return error;
  if (typeof error === "object" && error !== null && ("title" in error || "detail" in error)) return new Problem(status, error as Document);
  return status ? new Problem(status, {}) : unreachable();
}
