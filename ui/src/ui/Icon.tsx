/** An icon; decoration beside a word unless it is given a label of its own. */
import { ICONS, type IconName } from "./icons";

type Props = { name: IconName; size?: number; label?: string; className?: string | undefined };

export function Icon({ name, size = 14, label, className }: Props) {
  const meaning = label ? { role: "img", "aria-label": label } : { "aria-hidden": true };
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" className={className} {...meaning}>
      <path d={ICONS[name]} fill="none" stroke="currentColor" strokeWidth={1.5} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
