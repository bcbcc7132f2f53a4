/** The addresses that parts of a run lead to; the route knows them. */

export type Links = {
  run: (run: string, step?: string) => string;
  session: (session: string) => string;
  agent: (agent: string) => string;
  approval: (approval: string) => string;
  ledger: (index: number) => string;
};
