/** One route a URL. */
import { createBrowserRouter } from "react-router";
import { ApprovalsRoute } from "./approvals";
import { BudgetsRoute } from "./budgets";
import { CompareRoute } from "./compare";
import { ConnectRoute } from "./connect";
import { CoverageRoute } from "./coverage";
import { FleetRoute } from "./fleet";
import { GatewayCallsRoute } from "./gateway/calls";
import { GatewayKeysRoute } from "./gateway/keys";
import { GatewayRoute } from "./gateway/overview";
import { GatewayPlaygroundRoute } from "./gateway/playground";
import { GatewayProvidersRoute } from "./gateway/providers";
import { GatewayRoutesRoute } from "./gateway/routes";
import { LedgerRoute } from "./ledger";
import { Crashed, NotFound } from "./not-found";
import { PoliciesRoute } from "./policies";
import { ReliabilityRoute } from "./reliability";
import { RunRoute } from "./run";
import { RunsRoute } from "./runs";
import { SessionsRoute } from "./sessions";
import { SpendRoute } from "./spend";
import { Shell } from "./Shell";
import { ToolsRoute } from "./tools";

export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <Crashed />,
    children: [
      { path: "/", element: <FleetRoute /> },
      { path: "/runs", element: <RunsRoute /> },
      { path: "/runs/:run", element: <RunRoute /> },
      { path: "/sessions", element: <SessionsRoute /> },
      { path: "/runs/:run/compare/:other", element: <CompareRoute /> },
      { path: "/approvals", element: <ApprovalsRoute /> },
      { path: "/approvals/:approval", element: <ApprovalsRoute /> },
      { path: "/ledger", element: <LedgerRoute /> },
      { path: "/policies", element: <PoliciesRoute /> },
      { path: "/budgets", element: <BudgetsRoute /> },
      { path: "/tools", element: <ToolsRoute /> },
      { path: "/spend", element: <SpendRoute /> },
      { path: "/reliability", element: <ReliabilityRoute /> },
      { path: "/gateway", element: <GatewayRoute /> },
      { path: "/gateway/calls", element: <GatewayCallsRoute /> },
      { path: "/gateway/keys", element: <GatewayKeysRoute /> },
      { path: "/gateway/providers", element: <GatewayProvidersRoute /> },
      { path: "/gateway/routes", element: <GatewayRoutesRoute /> },
      { path: "/gateway/playground", element: <GatewayPlaygroundRoute /> },
      { path: "/coverage", element: <CoverageRoute /> },
      { path: "/connect", element: <ConnectRoute /> },
      { path: "*", element: <NotFound /> },
    ],
  },
]);
