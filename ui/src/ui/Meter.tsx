/** How much of something is used, as a bar. */
import styles from "./Meter.module.css";

type Props = { label: string; /** Between 0 and 1. */ share: number; /** What the share means, in words. */ says: string; over?: boolean };

export function Meter({ label, share, says, over = false }: Props) {
  const filled = Math.min(1, Math.max(0, share));
  return (
    <span role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={1} aria-valuenow={Number(filled.toFixed(3))} aria-valuetext={says} title={says} className={`${styles["meter"]} ${over ? styles["over"] : ""}`}>
      <i style={{ width: `${filled * 100}%` }} />
    </span>
  );
}
