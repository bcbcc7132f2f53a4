/** The addresses that a decision leads to; the route knows them. */

export type Links = {
  run: (run: string, step?: string) => string;
  rule: (rule: string) => string;
  approval: (approval: string) => string;
  ledger: (index: number) => string;
};
