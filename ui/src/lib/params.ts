/** Changes to what the address holds. */

/** The parameters with some set, and those set to nothing left out. */
export function withValues(old: URLSearchParams, values: Readonly<Record<string, string>>): URLSearchParams {
  const next = new URLSearchParams(old);
  for (const [key, value] of Object.entries(values)) {
    if (value) next.set(key, value);
    else next.delete(key);
  }
  return next;
}
