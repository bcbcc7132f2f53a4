/** Addresses that lead nowhere, and pages that broke. */
import { Link, useRouteError } from "react-router";
import { Fault, Empty } from "~/ui/Notice";
import { paths } from "./paths";

export function NotFound() {
  return (
    <Empty icon="lost" title="There is no such page">
      <Link to={paths.fleet()}>Back to the fleet</Link>
    </Empty>
  );
}

export function Crashed() {
  const error = useRouteError();
  return <Fault title="This page broke" detail={error instanceof Error ? error.message : String(error)} hint="Nothing that agents do is affected." onRetry={() => window.location.reload()} />;
}
