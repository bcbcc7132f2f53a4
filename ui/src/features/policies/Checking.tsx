/** Whether the draft can be used, and what is odd about it; a line leads into the text. */
import type { Checked, Lint } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { Loaded } from "~/ui/Loaded";
import styles from "./Bench.module.css";

type Query = { data: Checked | undefined; error: unknown; refetch: () => unknown };

const LOOKS = { error: { tone: "deny", icon: "deny" }, warning: { tone: "ask", icon: "warning" }, info: { tone: "plain", icon: "help" } } as const;

export function Checking({ query, file, onLine }: { query: Query; file: string; onLine: (line: number) => void }) {
  return (
    <Loaded query={query} rows={3}>
      {({ ok, errors, lints, hash }) => (
        <>
          <p className={styles["lead"]} role="status">
            <Badge {...(ok ? { tone: "allow", icon: "allow", label: "compiles" } : { tone: "deny", icon: "deny", label: "cannot be used" })} />
            {ok ? <span>bundle {hash.slice(0, 12)}</span> : <span>What is in force stays in force.</span>}
          </p>
          <ul className={styles["lints"]} aria-label="Findings">
            {[...errors, ...lints].map((lint) => (
              <Finding key={`${lint.path} ${lint.line} ${lint.code} ${lint.message}`} lint={lint} here={lint.path === file} onLine={onLine} />
            ))}
          </ul>
        </>
      )}
    </Loaded>
  );
}

function Finding({ lint, here, onLine }: { lint: Lint; here: boolean; onLine: (line: number) => void }) {
  const place = `${here ? "line" : `${lint.path}:`}${here ? " " : ""}${lint.line}`;
  return (
    <li>
      <Badge {...LOOKS[lint.severity]} label={lint.severity} quiet />
      <div>
        <p>{lint.message}</p>
        {lint.suggestion && <p className={styles["quiet"]}>{lint.suggestion}</p>}
        <p className={styles["quiet"]}>
          {lint.line === 0 ? (
            lint.path && <code>{lint.path}</code>
          ) : here ? (
            <button type="button" className={styles["link"]} onClick={() => onLine(lint.line)}>
              {place}
            </button>
          ) : (
            <code>{place}</code>
          )}{" "}
          · <code>{lint.code}</code>
        </p>
      </div>
    </li>
  );
}
