/** A new key, the only time that anybody sees it. */
import { Button } from "~/ui/Button";
import { CopyLine } from "~/ui/CopyLine";
import styles from "./KeyPane.module.css";

export function ShownOnce({ secret, onTaken }: { secret: string; onTaken: () => void }) {
  return (
    <section className={styles["once"]} aria-label="The key">
      <h3>This is the key. It is shown this once.</h3>
      <CopyLine label="The key" text={secret} />
      <footer>
        <span>Whoever has it acts as this agent. Lost, it can only be rotated.</span>
        <Button onClick={onTaken}>I have it</Button>
      </footer>
    </section>
  );
}
