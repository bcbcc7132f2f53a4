/** A button; a disabled one says why. */
import type { ButtonHTMLAttributes, ReactNode } from "react";
import styles from "./Button.module.css";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

export type ButtonLook = "quiet" | "outline" | "ink" | "stop";

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> & {
  look?: ButtonLook;
  icon?: IconName;
  keys?: string;
  /** Why it cannot be pressed now; absent means it can. */
  disabledReason?: string | undefined;
  children?: ReactNode;
};

export function Button({ look = "outline", icon, keys, disabledReason, children, className = "", title, onClick, ...rest }: Props) {
  const blocked = disabledReason !== undefined;
  return (
    <button
      type="button"
      {...rest}
      className={`${styles["button"]} ${styles[look]} ${children ? "" : styles["square"]} ${className}`}
      aria-disabled={blocked || undefined}
      title={disabledReason ?? title}
      onClick={blocked ? undefined : onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
      {keys && <kbd className={styles["keys"]}>{keys}</kbd>}
    </button>
  );
}
