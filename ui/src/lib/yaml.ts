/** A rule as YAML, put where a pack keeps its rules. The server reads YAML; here it is only written. */
import type { Json } from "~/api/types";
import { isObject } from "./json.ts";

const BARE = /^[A-Za-z_][\w./-]*$/;
const WORDS = /^[A-Za-z_][\w ./%'-]*[\w.%]$/;
const OTHER = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i;

/** A value on one line; text is quoted wherever YAML could read it as something else. */
export function scalar(value: Json, inside = false): string {
  if (Array.isArray(value)) return `[${value.map((one) => scalar(one, true)).join(", ")}]`;
  if (isObject(value)) return `{${Object.entries(value).map(([key, one]) => `${scalar(key, true)}: ${scalar(one, true)}`).join(", ")}}`;
  if (typeof value !== "string") return JSON.stringify(value);
  const safe = (inside ? BARE : WORDS).test(value) || BARE.test(value);
  return safe && !OTHER.test(value) ? value : JSON.stringify(value);
}

/** `- preset:` with one line a setting. */
export function ruleYaml(preset: string, values: Readonly<Record<string, Json>>, indent = "  "): string {
  const settings = Object.entries(values);
  if (settings.length === 0) return `${indent}- ${preset}: {}\n`;
  return [`${indent}- ${preset}:`, ...settings.map(([key, value]) => `${indent}    ${key}: ${scalar(value)}`)].map((line) => `${line}\n`).join("");
}

/** The text with one more rule at the end of its `rules:`, and the line where the rule begins. */
export function insertRule(text: string, preset: string, values: Readonly<Record<string, Json>>): { text: string; line: number } {
  const lines = text.replace(/\n*$/, "\n").split("\n").slice(0, -1);
  const head = lines.findIndex((line) => line.startsWith("rules:"));
  if (head < 0) {
    const before = lines.join("\n").trim() ? [...lines, "", "rules:"] : ["rules:"];
    return { text: `${before.join("\n")}\n${ruleYaml(preset, values)}`, line: before.length + 1 };
  }
  const after = lines.findIndex((line, index) => index > head && /^[^\s#-]/.test(line));
  let end = after < 0 ? lines.length : after;
  while (end > head + 1 && !lines[end - 1]?.trim()) end -= 1;
  const first = lines.slice(head + 1, end).find((line) => /^\s*- /.test(line));
  const indent = first === undefined ? "  " : (/^\s*/.exec(first)?.[0] ?? "");
  const gap = lines.slice(head + 1, end).some((line) => !line.trim()) ? [""] : [];
  const opened = lines.map((line, index) => (index === head ? line.replace(/^rules:\s*\[\s*\]/, "rules:") : line));
  const added = ruleYaml(preset, values, indent).split("\n").slice(0, -1);
  return { text: `${[...opened.slice(0, end), ...gap, ...added, ...opened.slice(end)].join("\n")}\n`, line: end + gap.length + 1 };
}
