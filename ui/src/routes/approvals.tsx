export function ApprovalsRoute() { return null; }
