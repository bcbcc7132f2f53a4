/** The way around: pages, the palette, the line to the server, the theme. */
import { NavLink } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { healthQuery } from "~/api/fleet";
import type { Link } from "~/api/live";
import { MOD } from "~/lib/keys";
import { THEMES, type Theme } from "~/lib/theme";
import { Icon } from "~/ui/Icon";
import type { IconName } from "~/ui/icons";
import { paths } from "./paths";
import styles from "./Sidebar.module.css";

type Props = { link: Link; waiting: number; theme: Theme; setTheme: (theme: Theme) => void; onPalette: () => void; onHelp: () => void };

const THEME_ICONS: Record<Theme, IconName> = { system: "system", light: "sun", dark: "moon" };
const LINKS: Record<Link, string> = { live: "Live", connecting: "Connecting", lost: "Connection lost" };

export function Sidebar({ link, waiting, theme, setTheme, onPalette, onHelp }: Props) {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <nav className={styles["rail"]} aria-label="Main">
      <div className={styles["brand"]}>
        <Mark />
        <span>Holdfast</span>
      </div>
      <button type="button" className={styles["go"]} onClick={onPalette} aria-label="Go to">
        <Icon name="search" />
        <span>Go to</span>
        <kbd>{MOD} K</kbd>
      </button>
      <div className={styles["pages"]}>
        <Item to={paths.fleet()} icon="fleet" label="Fleet" keys="G F" />
        <Item to={paths.runs()} icon="runs" label="Runs" keys="G R" />
        <Item to={paths.sessions()} icon="sessions" label="Sessions" keys="G S" />
        <Item to={paths.approvals()} icon="approvals" label="Approvals" keys="G A" count={waiting} />
        <Item to={paths.ledger()} icon="ledger" label="Ledger" keys="G L" />
        <Item to={paths.policies()} icon="policies" label="Policies" keys="G P" />
        <Item to={paths.budgets()} icon="budgets" label="Budgets" keys="G B" />
        <Item to={paths.spend()} icon="spend" label="Spend" keys="G $" />
        <Item to={paths.reliability()} icon="reliability" label="Reliability" keys="G E" />
        <Item to={paths.tools()} icon="tool" label="Tools" keys="G T" />
        <Item to={paths.gateway()} icon="gateway" label="Gateway" keys="G M" />
        <Item to={paths.coverage()} icon="coverage" label="Coverage" keys="G V" />
        <Item to={paths.connect()} icon="connect" label="Connect" keys="G C" />
      </div>
      <div className={styles["foot"]}>
        <p role="status" className={`${styles["link"]} ${styles[link]}`} title={link === "lost" ? "Trying again; what you see may be old." : "Changes arrive as they happen."}>
          <i aria-hidden />
          <span>{LINKS[link]}</span>
        </p>
        <Server />
        <div className={styles["tools"]}>
          <button type="button" onClick={() => setTheme(next)} title={`Theme: ${theme}. Switch to ${next}.`} aria-label={`Theme: ${theme}. Switch to ${next}`}>
            <Icon name={THEME_ICONS[theme]} />
          </button>
          <button type="button" onClick={onHelp} title="Keys (?)" aria-label="Keys">
            <Icon name="help" />
          </button>
        </div>
      </div>
    </nav>
  );
}

type ItemProps = { to: string; icon: IconName; label: string; keys: string; count?: number };

function Item({ to, icon, label, keys, count = 0 }: ItemProps) {
  return (
    <NavLink to={to} end={to === "/"} className={styles["item"] ?? ""} title={`${label} (${keys.toLowerCase()})`}>
      <Icon name={icon} />
      <span>{label}</span>
      {count > 0 && (
        <span className={styles["count"]} aria-label={`${count} waiting`}>
          {count}
        </span>
      )}
    </NavLink>
  );
}

function Server() {
  const { data } = useQuery(healthQuery);
  if (!data) return null;
  return (
    <p className={styles["server"]} title={data.problem || `Data in ${data.data}`}>
      {data.problem ? data.problem : `${data.project} · v${data.version}`}
    </p>
  );
}

/** Two posts and a bar held between them. */
function Mark() {
  return (
    <svg width={18} height={18} viewBox="0 0 16 16" aria-hidden>
      <path d="M3 2.5v11M13 2.5v11M3 8h10M6.5 5.5 4 8l2.5 2.5M9.5 5.5 12 8l-2.5 2.5" fill="none" stroke="currentColor" strokeWidth={1.75} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
