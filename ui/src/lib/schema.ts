/**
 * The part of JSON Schema that tool contracts use, checked while a person types.
 * The server validates again and has the last word; what is not understood here is let through.
 */
import type { Json } from "~/api/types";
import { isObject } from "./json.ts";

export type Violation = { path: string; message: string };
type Schema = Record<string, Json>;

/** The path of a value that is wrong as a whole. */
export const WHOLE = "(whole)";

/** Everything the value breaks, each with the path of the offending part. */
export function violations(value: Json | undefined, schema: Json | undefined, path = ""): Violation[] {
  if (!isObject(schema)) return [];
  const wrong = (message: string): Violation => ({ path: path || WHOLE, message });
  const kind = typeProblem(value, schema);
  if (kind) return [wrong(kind)];
  return [
    ...[choiceProblem(value, schema), numberProblem(value, schema), textProblem(value, schema)]
      .filter((problem) => problem !== null)
      .map(wrong),
    ...objectViolations(value, schema, path),
    ...arrayViolations(value, schema, path),
  ];
}

function typeProblem(value: Json | undefined, schema: Schema): string | null {
  const allowed = [schema["type"]].flat().filter((type): type is string => typeof type === "string");
  if (allowed.length === 0 || allowed.some((type) => isOfType(value, type))) return null;
  return `must be ${allowed.join(" or ")}`;
}

function isOfType(value: Json | undefined, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  return typeof value === type;
}

function choiceProblem(value: Json | undefined, schema: Schema): string | null {
  const same = (choice: Json) => JSON.stringify(choice) === JSON.stringify(value);
  const choices = schema["enum"];
  if (Array.isArray(choices) && !choices.some(same)) return `must be one of ${choices.map((c) => JSON.stringify(c)).join(", ")}`;
  if ("const" in schema && !same(schema["const"] ?? null)) return `must be ${JSON.stringify(schema["const"])}`;
  return null;
}

function numberProblem(value: Json | undefined, schema: Schema): string | null {
  if (typeof value !== "number") return null;
  const bound = (key: string) => (typeof schema[key] === "number" ? (schema[key] as number) : null);
  const [min, max, above, below] = [bound("minimum"), bound("maximum"), bound("exclusiveMinimum"), bound("exclusiveMaximum")];
  if (min !== null && value < min) return `must be at least ${min}`;
  if (max !== null && value > max) return `must be at most ${max}`;
  if (above !== null && value <= above) return `must be more than ${above}`;
  if (below !== null && value >= below) return `must be less than ${below}`;
  return null;
}

function textProblem(value: Json | undefined, schema: Schema): string | null {
  if (typeof value !== "string") return null;
  const { minLength, maxLength, pattern } = schema;
  if (typeof minLength === "number" && value.length < minLength) return `must have at least ${minLength} characters`;
  if (typeof maxLength === "number" && value.length > maxLength) return `must have at most ${maxLength} characters`;
  if (typeof pattern === "string" && !matches(pattern, value)) return `must match ${pattern}`;
  return null;
}

// A pattern in another regex dialect may not compile here; the server judges it then.
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function objectViolations(value: Json | undefined, schema: Schema, path: string): Violation[] {
  if (!isObject(value)) return [];
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = [schema["required"] ?? []].flat().filter((key): key is string => typeof key === "string");
  const missing = required.filter((key) => !(key in value)).map((key) => ({ path: at(key), message: "is required" }));
  const unknown = Object.keys(value).filter((key) => !(key in properties) && schema["additionalProperties"] === false);
  return [
    ...missing,
    ...unknown.map((key) => ({ path: at(key), message: "is not an argument of this tool" })),
    ...Object.entries(properties).flatMap(([key, inner]) => (key in value ? violations(value[key], inner, at(key)) : [])),
  ];
}

function arrayViolations(value: Json | undefined, schema: Schema, path: string): Violation[] {
  if (!Array.isArray(value)) return [];
  const { minItems, maxItems, items } = schema;
  const here = path || "(whole)";
  const count: Violation[] = [];
  if (typeof minItems === "number" && value.length < minItems) count.push({ path: here, message: `needs at least ${minItems} items` });
  if (typeof maxItems === "number" && value.length > maxItems) count.push({ path: here, message: `takes at most ${maxItems} items` });
  return [...count, ...value.flatMap((item, i) => violations(item, items, `${path}[${i}]`))];
}
