/** What every page of the gateway has: where it listens, its parts, and what keeps it from working. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { callsQuery, keysQuery, providersQuery, routesQuery, statusQuery } from "~/api/gateway";
import { isLive } from "~/features/gateway/LatestCalls";
import { useKeys } from "~/lib/keys";
import { CopyId } from "~/ui/CopyId";
import { Page } from "~/ui/Page";
import { Tabs } from "~/ui/Tabs";
import { paths } from "../paths";
import styles from "./Frame.module.css";

const PARTS = ["overview", "calls", "keys", "providers", "routes", "playground"] as const;
export type Part = (typeof PARTS)[number];

const NAMES: Record<Part, string> = { overview: "Overview", calls: "Calls", keys: "Keys", providers: "Providers", routes: "Routes", playground: "Playground" };

const pathOf = (part: Part) => paths.gateway(part === "overview" ? "" : part);

export function Frame({ part, actions, children }: { part: Part; actions?: ReactNode; children: ReactNode }) {
  const navigate = useNavigate();
  const status = useQuery(statusQuery).data;
  const notes = useNotes();
  const go = (next: Part) => void navigate(pathOf(next));
  const beside = (way: number) => go(PARTS[(PARTS.indexOf(part) + way + PARTS.length) % PARTS.length] ?? "overview");
  useKeys({ "[": () => beside(-1), "]": () => beside(1) });
  return (
    <Page title="Gateway" note={status?.url && <CopyId value={status.url} label="base URL" />} actions={actions} fixed>
      <div className={styles["tabs"]}>
        <Tabs label="Gateway" tabs={PARTS.map((id) => ({ id, label: NAMES[id], note: notes[id] || undefined }))} value={part} onChange={go} />
      </div>
      {status?.problems.map((problem) => (
        <p key={problem} role="alert" className={styles["problem"]}>
          {problem}
        </p>
      ))}
      <div className={styles["content"]} role="tabpanel" aria-label={NAMES[part]}>
        {children}
      </div>
    </Page>
  );
}

/** How many of each there are. */
function useNotes(): { [part in Part]?: string | number | undefined } {
  const calls = useQuery(callsQuery).data?.items.filter(isLive).length;
  const keys = useInfiniteQuery(keysQuery).data?.pages.flatMap((page) => page.items).filter((key) => key.state === "active").length;
  return { calls: calls && `${calls} live`, keys, providers: useQuery(providersQuery).data?.items.length, routes: useQuery(routesQuery).data?.items.length };
}
