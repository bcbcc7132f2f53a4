/** A number as a person types it: `1,000` and `$5` are numbers too. */
export function readAmount(text: string): number | undefined {
  const plain = text.trim().replace(/^\$/, "").replaceAll(/[,_ ]/g, "");
  const value = Number(plain);
  return plain && Number.isFinite(value) && value >= 0 ? value : undefined;
}
