/** A JSON Schema of settings as the fields of a form, and what was typed into them as values. */
import type { Json } from "~/api/types";
import { isObject, parse } from "./json.ts";
import { violations, WHOLE } from "./schema.ts";

export type FieldKind = "text" | "number" | "flag" | "choice" | "choices" | "list" | "json";
export type FormField = { name: string; kind: FieldKind; required: boolean; options: string[]; fallback: Json | undefined; hint: string; schema: Json };
export type Typed = Readonly<Record<string, string | boolean | readonly string[]>>;
type Schema = Record<string, Json>;

/** One field a property, those that must be given first. */
export function fieldsOf(schema: Json): FormField[] {
  const whole = isObject(schema) ? schema : {};
  const properties = isObject(whole["properties"]) ? whole["properties"] : {};
  const required = Array.isArray(whole["required"]) ? whole["required"] : [];
  const fields = Object.entries(properties).map(([name, raw]) => fieldOf(name, plain(raw, whole), required.includes(name)));
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

function fieldOf(name: string, schema: Schema, required: boolean): FormField {
  const options = [schema["enum"] ?? []].flat().filter((one): one is string => typeof one === "string");
  const items = isObject(schema["items"]) ? schema["items"] : {};
  const choices = [items["enum"] ?? []].flat().map(String);
  return { name, kind: kindOf(schema, items), required, options: options.length ? options : choices, fallback: schema["default"], hint: typeof schema["description"] === "string" ? schema["description"] : "", schema };
}

function kindOf(schema: Schema, items: Schema): FieldKind {
  const { type } = schema;
  if (Array.isArray(schema["enum"])) return "choice";
  if (type === "boolean") return "flag";
  if (type === "string") return "text";
  if (type === "integer" || type === "number") return "number";
  if (type !== "array") return "json";
  if (Array.isArray(items["enum"])) return "choices";
  return ["string", "integer", "number"].includes(String(items["type"])) ? "list" : "json";
}

/** A schema without references and without the branch that says it may be left out. */
function plain(raw: Json | undefined, whole: Schema): Schema {
  const schema = isObject(raw) ? raw : {};
  const name = typeof schema["$ref"] === "string" ? schema["$ref"].split("/").at(-1) : undefined;
  const definitions = isObject(whole["$defs"]) ? whole["$defs"] : {};
  if (name) return { ...plain(definitions[name], whole), ...without(schema, "$ref") };
  const branches = Array.isArray(schema["anyOf"]) ? schema["anyOf"].filter((one) => !(isObject(one) && one["type"] === "null")) : [];
  if (branches.length === 1) return { ...plain(branches[0], whole), ...without(schema, "anyOf") };
  return isObject(schema["items"]) ? { ...schema, items: plain(schema["items"], whole) } : schema;
}

function without(schema: Schema, key: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key));
}

export type Filled = { values: Record<string, Json>; problems: Record<string, string> };

/** What was typed, as values: what was left empty is left out, what cannot be is named. */
export function fill(fields: readonly FormField[], typed: Typed): Filled {
  const values: Record<string, Json> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const value = read(field, typed[field.name]);
    if (value instanceof Error) problems[field.name] = value.message;
    else if (value === undefined) {
      if (field.required) problems[field.name] = "is required";
    } else {
      const broken = violations(value, field.schema)[0];
      if (broken) problems[field.name] = field.kind === "json" && broken.path !== WHOLE ? `${broken.path} ${broken.message}` : broken.message;
      else if (JSON.stringify(value) !== JSON.stringify(field.fallback)) values[field.name] = value;
    }
  }
  return { values, problems };
}

function read(field: FormField, given: Typed[string] | undefined): Json | undefined | Error {
  if (typeof given === "boolean") return given === (field.fallback ?? false) && !field.required ? undefined : given;
  if (typeof given === "object") return given.length ? [...given] : undefined;
  const text = given?.trim();
  if (!text) return undefined;
  if (field.kind === "number") return Number.isFinite(Number(text)) ? Number(text) : new Error("must be a number");
  if (field.kind === "list") return listed(field, text);
  if (field.kind !== "json") return text;
  const parsed = parse(text);
  if (parsed.ok) return parsed.value;
  return /^[[{"]/.test(text) ? new Error("must be JSON") : text;
}

function listed(field: FormField, text: string): Json {
  const items = isObject(field.schema) && isObject(field.schema["items"]) ? field.schema["items"] : {};
  const parts = text.split(",").map((part) => part.trim());
  return items["type"] === "string" ? parts.filter(Boolean) : parts.filter(Boolean).map(Number);
}
