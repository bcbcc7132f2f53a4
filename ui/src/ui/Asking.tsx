/** A dialog that changes something: its form, what will come of it, and who says so. */
import type { ReactNode } from "react";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button, type ButtonLook } from "./Button";
import { Dialog } from "./Dialog";
import { Field } from "./Field";
import styles from "./Asking.module.css";
import { Said } from "./Said";

/** What the dialog knows of the request that it sends. */
type Sent = { isPending: boolean; error: unknown };

type Props = {
  title: string;
  /** What the button says that does it. */
  does: string;
  look?: ButtonLook;
  /** What the button says that leaves everything as it is. */
  leaves?: string;
  /** Why it cannot be done yet. */
  problem?: string | undefined;
  sent: Sent;
  /** What will come of it. */
  says?: ReactNode;
  wide?: boolean;
  onSend: (by: string) => void;
  onClose: () => void;
  children?: ReactNode;
};

export function Asking({ title, does, look = "ink", leaves = "Cancel", problem, sent, says, wide = false, onSend, onClose, children }: Props) {
  const [by, setBy] = useRemembered("name", "");
  const missing = problem ?? (!by.trim() ? "Say who you are; it is recorded" : sent.isPending ? "Sending" : undefined);
  const send = () => missing === undefined && onSend(by.trim());
  useKeys({ "mod+Enter": send });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      wide={wide}
      actions={
        <>
          <Button onClick={onClose}>{leaves}</Button>
          <Button look={look} keys={`${MOD} ↵`} disabledReason={missing} onClick={send}>
            {does}
          </Button>
        </>
      }
    >
      <form className={styles["form"]} onSubmit={(event) => event.preventDefault()}>
        {children}
        <Field label="Your name">{(field) => <input {...field} {...(!children && { "data-first": true })} value={by} onChange={(event) => setBy(event.target.value)} maxLength={120} autoComplete="name" />}</Field>
      </form>
      <Said error={sent.error}>{says}</Said>
    </Dialog>
  );
}

/** Fields that stand side by side. */
export function Pair({ children }: { children: ReactNode }) {
  return <div className={styles["pair"]}>{children}</div>;
}
