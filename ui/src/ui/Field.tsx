/** A labelled input; what is wrong with it stands beneath it. */
import { useId, type ReactNode } from "react";
import styles from "./Field.module.css";

type Props = {
  label: string;
  hint?: ReactNode;
  problem?: string | undefined;
  children: (ids: { id: string; "aria-describedby": string; "aria-invalid": boolean; className: string }) => ReactNode;
};

export function Field({ label, hint, problem, children }: Props) {
  const id = useId();
  const note = `${id}-note`;
  return (
    <div className={styles["field"]}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": note, "aria-invalid": problem !== undefined, className: styles["input"] ?? "" })}
      <p id={note} className={problem ? styles["problem"] : styles["hint"]} aria-live="polite">
        {problem ?? hint}
      </p>
    </div>
  );
}
