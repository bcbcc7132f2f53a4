/** A state or verdict: tone, icon and word, never the colour alone. */
import styles from "./Badge.module.css";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

export type Tone = "allow" | "transform" | "ask" | "deny" | "halt" | "live" | "plain" | "strong";
export type BadgeLook = { tone: Tone; icon: IconName; label: string };

type Props = BadgeLook & { title?: string; /** Quiet badges have no fill; they suit dense rows. */ quiet?: boolean };

export function Badge({ tone, icon, label, title, quiet = false }: Props) {
  return (
    <span className={`${styles["badge"]} ${styles[tone]} ${quiet ? styles["quiet"] : ""}`} title={title}>
      <Icon name={icon} size={12} />
      <span className={styles["word"]}>{label}</span>
    </span>
  );
}
