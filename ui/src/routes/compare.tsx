/** `/runs/:run/compare/:other`: two runs side by side, from where they part. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { comparisonQuery, outlineQuery } from "~/api/runs";
import { Heads } from "~/features/comparison/Heads";
import { Rows } from "~/features/comparison/Rows";
import { useKeys } from "~/lib/keys";
import { Loaded } from "~/ui/Loaded";
import { Page } from "~/ui/Page";
import { paths } from "./paths";

export function CompareRoute() {
  const { run = "", other = "" } = useParams();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const comparison = useQuery(comparisonQuery(run, other));
  const left = useQuery(outlineQuery(run));
  const right = useQuery(outlineQuery(other));
  useKeys({ Escape: () => void navigate(paths.run(run)) });
  const row = params.has("row") ? Number(params.get("row")) : (comparison.data?.diverged ?? -1);
  const onRow = (next: number) => setParams({ row: String(next) }, { replace: true });
  useEffect(() => {
    document.title = "Two runs · Holdfast";
  }, []);
  return (
    <Page title="Two runs" fixed>
      <Loaded query={comparison}>
        {(data) => (
          <Loaded query={left}>
            {(ours) => (
              <Loaded query={right}>
                {(theirs) => (
                  <>
                    <Heads comparison={data} pathOf={paths.run} swapped={paths.compare(other, run)} onDivergence={() => data.diverged !== null && onRow(data.diverged)} />
                    <Rows comparison={data} left={ours} right={theirs} row={row} onRow={onRow} onOpen={(side, step) => void navigate(paths.run(side, step))} />
                  </>
                )}
              </Loaded>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}
