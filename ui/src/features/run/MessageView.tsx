/** One turn of a conversation: who, when, and each part as what it is. */
import { memo } from "react";
import type { Message, Part } from "~/api/types";
import { pretty } from "~/lib/json";
import { absolute, clock } from "~/lib/time";
import { Icon } from "~/ui/Icon";
import styles from "./MessageView.module.css";

type Props = { message: Message; selected?: boolean; onSelect?: (() => void) | undefined };

const ROLES: Record<Message["role"], string> = { system: "System", user: "Person", assistant: "Agent", tool: "Tool" };
const LONG = 900;

export const MessageView = memo(function MessageView({ message, selected = false, onSelect }: Props) {
  const who = message.role === "assistant" ? message.agent || ROLES.assistant : ROLES[message.role];
  return (
    <article className={`${styles["message"]} ${styles[message.role]} ${selected ? styles["selected"] : ""}`} aria-label={`${who} at ${clock(message.at)}`}>
      <header>
        <b>{who}</b>
        <time dateTime={message.at} title={absolute(message.at)}>
          {clock(message.at).slice(0, 8)}
        </time>
        {onSelect && (
          <button type="button" onClick={onSelect} aria-label="Show the step">
            step
          </button>
        )}
      </header>
      {message.parts.map((part, index) => (
        // Parts of a message never move.
        // oxlint-disable-next-line react/no-array-index-key
        <PartView key={index} part={part} />
      ))}
    </article>
  );
});

function PartView({ part }: { part: Part }) {
  switch (part.type) {
    case "text":
      return <Long text={part.text ?? ""} />;
    case "reasoning":
      return (
        <details className={styles["reasoning"]}>
          <summary>Reasoning</summary>
          <p>{part.text}</p>
        </details>
      );
    case "tool_call":
      return <Call icon="tool" name={part.name ?? ""} value={part.arguments} />;
    case "tool_result":
      return <Call icon="output" name={part.name ?? ""} value={part.result} />;
  }
}

function Long({ text }: { text: string }) {
  if (text.length <= LONG) return <p className={styles["text"]}>{text}</p>;
  return (
    <details className={styles["long"]}>
      <summary>
        <span className={styles["text"]}>{text.slice(0, LONG)}…</span>
      </summary>
      <p className={styles["text"]}>{text.slice(LONG)}</p>
    </details>
  );
}

function Call({ icon, name, value }: { icon: "tool" | "output"; name: string; value: unknown }) {
  return (
    <div className={styles["call"]}>
      <p>
        <Icon name={icon} label={icon === "tool" ? "calls" : "result of"} />
        <code>{name || (icon === "tool" ? "call" : "result")}</code>
      </p>
      <pre>{typeof value === "string" ? value : pretty(value)}</pre>
    </div>
  );
}
