/** Text to be taken elsewhere whole, a command or a secret, and the button that copies it. */
import { useState } from "react";
import { Button } from "./Button";
import styles from "./CopyLine.module.css";

type Props = { /** What it is, for `Copy: …`. */ label: string; text: string; /** Copied, though another text stands for it. */ shown?: string; first?: boolean };

export function CopyLine({ label, text, shown = text, first = false }: Props) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <div className={styles["line"]}>
      {/* Scrolled by keyboard too, hence focusable. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={label}>
        {shown}
      </pre>
      <Button look="quiet" icon={copied ? "allow" : "copy"} aria-label={`Copy: ${label}`} title={copied ? "Copied" : "Copy"} onClick={copy} {...(first && { "data-first": true })} />
      <span className="visually-hidden" aria-live="polite">
        {copied ? "Copied" : ""}
      </span>
    </div>
  );
}
