/** A modal question. The browser keeps the focus inside and closes it on Escape. */
import { useEffect, useId, useRef, type ReactNode } from "react";
import styles from "./Dialog.module.css";

type Props = { title: string; onClose: () => void; children: ReactNode; actions?: ReactNode; bare?: boolean; wide?: boolean; /** Wide enough for two columns. */ double?: boolean };

export function Dialog({ title, onClose, children, actions, bare = false, wide = false, double = false }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    // The browser would choose the first control; a part may say that it is what the person came for.
    dialog.querySelector<HTMLElement>("[data-first]")?.focus();
  }, []);
  return (
    // A click that lands on the dialog itself, not on its content, fell on the backdrop; Escape is its keyboard twin.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      className={`${styles["dialog"]} ${bare ? styles["bare"] : ""} ${wide ? styles["wide"] : ""} ${double ? styles["double"] : ""}`}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className={styles["body"]}>
        <h2 id={heading} className={bare ? "visually-hidden" : styles["title"]}>
          {title}
        </h2>
        {children}
        {actions && <footer className={styles["actions"]}>{actions}</footer>}
      </div>
    </dialog>
  );
}
