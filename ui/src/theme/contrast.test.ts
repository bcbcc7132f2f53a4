import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Text on every ground it stands on; WCAG 2.2 AA asks for 4.5 : 1. */
const GROUNDS = ["bg", "surface", "sunken", "hover", "accent-soft"];
const TEXT: readonly (readonly [string, readonly string[]])[] = [
  ["text", [...GROUNDS, "ask-soft", "deny-soft", "allow-soft", "transform-soft"]],
  ["text-2", GROUNDS],
  ["text-3", ["bg", "surface", "sunken", "hover"]],
  ["accent", [...GROUNDS]],
  ["allow", ["allow-soft", ...GROUNDS]],
  ["transform", ["transform-soft", ...GROUNDS]],
  ["ask", ["ask-soft", ...GROUNDS]],
  ["deny", ["deny-soft", ...GROUNDS]],
  ["on-stop", ["stop", "stop-hover"]],
  ["on-ink", ["ink", "ink-hover"]],
];

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokens(selector: string): Map<string, string> {
  const from = css.indexOf(`${selector} {`);
  const block = css.slice(from, css.indexOf("}", from));
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

test.each([
  ["light", ":root"],
  ["dark", ':root[data-theme="dark"]'],
])("every text of the %s theme can be read on every ground it stands on", (_, selector) => {
  const theme = tokens(selector);
  const weak = TEXT.flatMap(([text, grounds]) =>
    grounds.map((ground) => ({ pair: `${text} on ${ground}`, ratio: contrast(theme.get(text)!, theme.get(ground)!) })),
  ).filter(({ ratio }) => !(ratio >= 4.5));
  expect(weak).toEqual([]);
});

test("both themes define the same colours", () => {
  expect([...tokens(':root[data-theme="dark"]').keys()]).toEqual([...tokens(":root").keys()]);
});
