/** Any page may ask for a STOP; the shell asks the person. */
import { createContext, useContext } from "react";
import type { KillScope } from "~/api/types";

export type StopTarget = {
  scope: KillScope;
  target: string;
  /** What the other scopes would mean here: a run knows its session and its agent. */
  around?: Partial<Record<KillScope, string>>;
};

export const StopContext = createContext<(target: StopTarget) => void>(() => {});

export const useStopRequest = () => useContext(StopContext);
