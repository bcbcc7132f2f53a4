/** `/connect`: how an agent comes under Holdfast. */
import { Connect } from "~/features/fleet/Connect";
import { Page } from "~/ui/Page";

export function ConnectRoute() {
  return (
    <Page title="Connect an agent">
      <Connect />
    </Page>
  );
}
