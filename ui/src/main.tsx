/** Where the page begins. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { retry } from "./api/asking";
import { applyTheme } from "./lib/theme";
import { router } from "./routes/router";
import "./theme/tokens.css";
import "./theme/base.css";

applyTheme();

const client = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5_000, retry },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
