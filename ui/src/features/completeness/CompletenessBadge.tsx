/** Whether all of a run is here, and why not, on hover. */
import type { Completeness } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { COMPLETENESS } from "./looks";

export function CompletenessBadge({ told, quiet = true }: { told: Completeness; quiet?: boolean }) {
  return <Badge {...COMPLETENESS[told.state]} title={told.text} quiet={quiet} />;
}
