export function LedgerRoute() { return null; }
