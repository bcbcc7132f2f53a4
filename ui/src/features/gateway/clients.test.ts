import { expect, test } from "vitest";
import { curlLine, exampleBody, saidIn } from "./clients";

test("a curl line survives quotes in what is said", () => {
  const line = curlLine({ url: "http://127.0.0.1:7421", model: "smart", body: { input: "it's" }, api: "responses" });
  expect(line).toContain("http://127.0.0.1:7421/v1/responses");
  expect(line).toContain(String.raw`"it'\''s"`);
});

test("every API has a request that it accepts", () => {
  expect(exampleBody("messages")).toHaveProperty("max_tokens");
  expect(exampleBody("chat")).not.toHaveProperty("max_tokens");
});

test.each([
  [{ choices: [{ message: { content: "chat" } }] }, "chat"],
  [{ output: [{ content: [{ text: "respond" }, { text: "ed" }] }] }, "respond\ned"],
  [{ content: [{ type: "text", text: "message" }] }, "message"],
  [{ error: { message: "refused" } }, "refused"],
  [{ choices: [{ message: { content: null } }] }, null],
  ["<html>", null],
])("what was said is found in %j", (body, said) => {
  expect(saidIn(body)).toBe(said);
});
