/** What a person typed, as the value it stands for. */

/** A number as a person types it: `1,000` and `$5` are numbers too. */
export function readAmount(text: string): number | undefined {
  const plain = text.trim().replace(/^\$/, "").replaceAll(/[,_ ]/g, "");
  const value = Number(plain);
  return plain && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Names apart by commas or lines; none twice. */
export function readNames(text: string): string[] {
  return [...new Set(text.split(/[,\n]/).map((name) => name.trim()).filter(Boolean))];
}
