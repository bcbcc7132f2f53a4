/** `/approvals` and `/approvals/:approval`: the inbox and the question in hand. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { approvalQuery, approvalsQuery } from "~/api/approvals";
import type { Approval, ApprovalState } from "~/api/types";
import { ApprovalDetail } from "~/features/approvals/ApprovalDetail";
import { ApprovalList } from "~/features/approvals/ApprovalList";
import { Asked } from "~/features/decision/Asked";
import { drillCommand } from "~/lib/commands";
import { useKeys } from "~/lib/keys";
import { Button } from "~/ui/Button";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { SplitPane } from "~/ui/SplitPane";
import { Tabs } from "~/ui/Tabs";
import { paths } from "./paths";

const LINKS = { run: paths.run, rule: (rule: string) => paths.policies({ rule }) };

const SHOWN = ["open", "answered", "all"] as const;
type Shown = (typeof SHOWN)[number];

const STATES: Record<Shown, ApprovalState[]> = { open: ["pending"], answered: ["approved", "used", "refused", "expired", "withdrawn"], all: [] };
const NAMES: Record<Shown, string> = { open: "Open", answered: "Answered", all: "All" };

export function ApprovalsRoute() {
  const { approval: selected = "" } = useParams();
  const [shown, setShown] = useShown();
  const navigate = useNavigate();
  const query = useInfiniteQuery(approvalsQuery(STATES[shown]));
  const approvals = useMemo(() => sorted(query.data?.pages.flatMap((page) => page.items) ?? []), [query.data]);
  const suffix = shown === "open" ? "" : `?show=${shown}`;
  const pathOf = (approval: string) => paths.approval(approval) + suffix;
  useFirst(selected, approvals[0]?.id, pathOf);
  const go = (by: number) => {
    const next = approvals[approvals.findIndex((approval) => approval.id === selected) + by];
    if (next) void navigate(pathOf(next.id), { replace: true });
  };
  useKeys({ j: () => go(1), ArrowDown: () => go(1), k: () => go(-1), ArrowUp: () => go(-1) });
  const left = (
    <Loaded query={query}>
      {() => (
        <>
          {approvals.length === 0 ? <Empty icon="approvals" title={shown === "open" ? "Nothing waits for you" : "Nothing here yet"} command={drillCommand()} /> : <ApprovalList approvals={approvals} selected={selected} pathOf={pathOf} />}
          {query.hasNextPage && (
            <Button look="quiet" onClick={() => void query.fetchNextPage()}>
              Load more
            </Button>
          )}
        </>
      )}
    </Loaded>
  );
  return (
    <Page title="Approvals" actions={<Tabs look="segments" label="Show" tabs={SHOWN.map((id) => ({ id, label: NAMES[id] }))} value={shown} onChange={setShown} />} fixed>
      <SplitPane name="approvals" left={left} right={selected ? <Detail id={selected} /> : <Empty icon="approvals" title="Choose a question to see the exact call" />} initial={316} min={220} minRight={420} />
    </Page>
  );
}

/** Opens the first question when none is chosen; its address then stays while it is answered. */
function useFirst(selected: string, first: string | undefined, pathOf: (approval: string) => string) {
  const navigate = useNavigate();
  const path = !selected && first ? pathOf(first) : null;
  useEffect(() => {
    if (path) void navigate(path, { replace: true });
  }, [path, navigate]);
}

function Detail({ id }: { id: string }) {
  const query = useQuery(approvalQuery(id));
  return <Loaded query={query}>{(approval) => <ApprovalDetail key={approval.id} approval={approval} runPath={paths.run} explanation={<Asked step={approval.step} run={approval.run} links={LINKS} />} />}</Loaded>;
}

function useShown(): [Shown, (shown: Shown) => void] {
  const [params, setParams] = useSearchParams();
  const shown = SHOWN.find((each) => each === params.get("show")) ?? "open";
  return [shown, (next) => setParams(next === "open" ? {} : { show: next }, { replace: true })];
}

const waits = (approval: Approval) => approval.state === "pending";

/** What waits comes first, the soonest to expire on top; the rest newest first. */
function sorted(approvals: Approval[]): Approval[] {
  return approvals.toSorted((a, b) => {
    if (waits(a) !== waits(b)) return waits(a) ? -1 : 1;
    return waits(a) ? a.expires_at.localeCompare(b.expires_at) : (b.answered_at ?? b.asked_at).localeCompare(a.answered_at ?? a.asked_at);
  });
}
