/** `/connect`: how an agent comes under Holdfast. */
import { useQuery } from "@tanstack/react-query";
import { statusQuery } from "~/api/gateway";
import { Connect } from "~/features/fleet/Connect";
import { Page } from "~/ui/Page";

export function ConnectRoute() {
  const gateway = useQuery(statusQuery).data?.url ?? "";
  return (
    <Page title="Connect an agent">
      <Connect gateway={gateway} />
    </Page>
  );
}
