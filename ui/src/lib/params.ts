/** Changes to what the address holds. */

/** What the address holds now: a page that is not drawn anew yet still knows the one before. */
export function address(): URLSearchParams {
  return new URLSearchParams(window.location.search);
}

/** The parameters with some set, and those set to nothing left out. */
export function withValues(old: URLSearchParams, values: Readonly<Record<string, string>>): URLSearchParams {
  const next = new URLSearchParams(old);
  for (const [key, value] of Object.entries(values)) {
    if (value) next.set(key, value);
    else next.delete(key);
  }
  return next;
}
