/** How sure a counted share is. */

const Z = 1.96;

/** The 95 % interval of a share that was counted, after Wilson; everything is possible while nothing was. */
export function wilson(found: number, of: number): [number, number] {
  if (of === 0) return [0, 1];
  const share = found / of;
  const spread = (Z * Z) / of;
  const middle = (share + spread / 2) / (1 + spread);
  const reach = (Z / (1 + spread)) * Math.sqrt((share * (1 - share)) / of + spread / (4 * of));
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
}
