/** One tool: what it does to the world, its contract, what changed in it, and who uses it. */
import { Link } from "react-router";
import type { Contract, Tool } from "~/api/types";
import { count } from "~/lib/counts";
import { Badge } from "~/ui/Badge";
import { CopyId } from "~/ui/CopyId";
import { JsonView } from "~/ui/JsonView";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { Ago } from "~/ui/Time";
import { DriftBadge, natureOf } from "./columns";
import { DriftView } from "./DriftView";
import styles from "./ToolPane.module.css";

type Props = { tool: Tool; agentPath: (agent: string) => string; onClose: () => void };

const ORIGINS: Record<Tool["origin"], string> = {
  decorator: "the tool's own code",
  yaml: "a policy file",
  mcp: "its MCP server",
  openapi: "an OpenAPI document",
  shipped: "the contracts that come with Holdfast",
  framework: "nobody; it was read off the framework's tool",
};

export function ToolPane({ tool, agentPath, onClose }: Props) {
  return (
    <Pane label={`Tool ${tool.tool}`} what="tool" title={<code>{tool.tool}</code>} actions={<DriftBadge tool={tool} />} onClose={onClose}>
      {tool.drift && <DriftView key={tool.fingerprint} tool={tool} drift={tool.drift} />}
      <Facts
        facts={[
          { name: "Effect", value: `${tool.effect}, ${natureOf(tool)}` },
          { name: "Critical", value: <Names names={tool.critical} none="no argument" /> },
          { name: "Payload", value: <Names names={tool.payload} none="no argument" /> },
          { name: "Labels its result", value: tool.output_labels.length > 0 ? <Names names={tool.output_labels} none="" /> : "" },
          ...promises(tool.contract as Contract),
          { name: "Contract from", value: `${ORIGINS[tool.origin]}${tool.inferred ? "; write one to be sure of it" : ""}` },
          { name: "Fingerprint", value: <CopyId value={tool.fingerprint} shown={tool.fingerprint.slice(0, 16)} label="fingerprint" /> },
        ]}
      />
      <Section title="Who uses it" note="in the last 7 days">
        <p className={styles["use"]}>
          <span>
            <b>{count(tool.calls)}</b> calls
          </span>
          <span>
            <b>{count(tool.denied)}</b> denied
          </span>
          <span>
            last <Ago at={tool.last_seen} />
          </span>
          {tool.agents.map((agent) => (
            <Link key={agent} to={agentPath(agent)} className={styles["link"]}>
              {agent}
            </Link>
          ))}
          {tool.agents.length === 0 && <Badge tone="plain" icon="idle" label="nobody" quiet />}
        </p>
      </Section>
      <Section title="Contract">
        <JsonView value={tool.contract} label="contract" />
      </Section>
    </Pane>
  );
}

/** What the guard keeps around every call of it, and how its effect is proved and taken back. */
function promises({ timeout_s, retries, rate, polling, idempotency_key, postconditions, compensation }: Contract): { name: string; value: string }[] {
  return [
    { name: "Ends within", value: timeout_s ? `${timeout_s} s` : "" },
    { name: "Made again", value: retries ? `up to ${retries.times} times when it failed in passing` : "" },
    { name: "Rate", value: rate ? `${rate.calls} calls in ${rate.per_s} s, in each process` : "" },
    { name: "Polled", value: polling ? `every ${polling.every_s} s, ${polling.max} times without a change` : "" },
    { name: "One effect for each", value: idempotency_key?.join(", ") ?? "" },
    { name: "Proved by", value: postconditions?.map((one) => one.tool || one.probe).join(", ") ?? "" },
    { name: "Taken back by", value: compensation?.tool ?? "" },
  ];
}

function Names({ names, none }: { names: readonly string[]; none: string }) {
  if (names.length === 0) return none;
  return <code>{names.join(", ")}</code>;
}
