// Portkey 1.15.2 answers every streamed call with 500 ("TypeError: immutable"): it appends headers to the Response that
// fetch returned. This preload makes such responses mutable, so that its streams can be measured at all.
const { fetch, Response } = globalThis;
globalThis.fetch = async (...asked) => {
  const answer = await fetch(...asked);
  return (answer.headers.get("content-type") || "").includes("event-stream")
    ? new Response(answer.body, { status: answer.status, headers: new Headers(answer.headers) })
    : answer;
};
