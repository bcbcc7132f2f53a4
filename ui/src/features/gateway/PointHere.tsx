/** The lines that bring a client here: nothing of it is rewritten. */
import { Link } from "react-router";
import { CopyLine } from "~/ui/CopyLine";
import { Panel } from "~/ui/Panel";
import { curlLine, environments } from "./clients";
import styles from "./Overview.module.css";

type Props = { url: string; model: string; keysPath: string };

export function PointHere({ url, model, keysPath }: Props) {
  const { openai, anthropic, codex } = environments(url);
  return (
    <Panel title="Point a client here" note={<Link to={keysPath} className={styles["link"]}>with a key of its own</Link>}>
      <div className={styles["point"]}>
        <Line title="OpenAI's clients, LangChain" text={openai} />
        <Line title="Anthropic's clients, Claude Code" text={anthropic} />
        <Line title="Codex, which heeds no base URL" text={codex} />
        <Line title="A shell" text={curlLine({ url, model })} />
      </div>
    </Panel>
  );
}

function Line({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <h3>{title}</h3>
      <CopyLine label={title} text={text} />
    </div>
  );
}
