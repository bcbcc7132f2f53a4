/** An id that copies itself when clicked. */
import { useEffect, useState } from "react";
import styles from "./CopyId.module.css";
import { Icon } from "./Icon";

type Props = { value: string; shown?: string; label?: string };

const CONFIRMED_MS = 1200;

export function CopyId({ value, shown = value, label = "id" }: Props) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (event: React.MouseEvent) => {
    event.stopPropagation();
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <button type="button" className={styles["id"]} onClick={copy} title={copied ? "Copied" : `${value}\nClick to copy`} aria-label={`Copy ${label} ${value}`}>
      <code>{shown}</code>
      <Icon name={copied ? "allow" : "copy"} size={12} />
      <span className="visually-hidden" aria-live="polite">
        {copied ? "Copied" : ""}
      </span>
    </button>
  );
}
