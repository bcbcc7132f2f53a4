/** A button that opens a short list of links. */
import { useRef, useState, type ReactNode } from "react";
import { Button } from "./Button";
import { useDismiss } from "./dismiss";
import type { IconName } from "./icons";
import styles from "./Menu.module.css";

export type MenuItem = { name: string; note?: ReactNode; href: string; /** The answer is a file, not a page. */ download?: boolean };

export function Menu({ name, icon, items }: { name: string; icon: IconName; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  useDismiss(frame, open, () => setOpen(false));
  return (
    <div ref={frame} className={styles["frame"]}>
      <Button icon={icon} aria-expanded={open} aria-haspopup="true" onClick={() => setOpen(!open)}>
        {name}
      </Button>
      {open && (
        <ul className={styles["menu"]} aria-label={name}>
          {items.map((item) => (
            <li key={item.name}>
              <a href={item.href} download={item.download} onClick={() => setOpen(false)}>
                {item.name}
                {item.note && <small>{item.note}</small>}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
