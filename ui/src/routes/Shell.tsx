/** What surrounds every page: navigation, the line to the server, the palette, help and STOP. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Outlet, useNavigate } from "react-router";
import { fleetQuery } from "~/api/fleet";
import { follow, type Link } from "~/api/live";
import { Help } from "~/features/help/Help";
import { StopDialog } from "~/features/kills/StopDialog";
import { Palette } from "~/features/palette/Palette";
import { useKeys } from "~/lib/keys";
import { useTheme } from "~/lib/theme";
import { useCommands } from "./commands";
import { paths } from "./paths";
import { Sidebar } from "./Sidebar";
import styles from "./Shell.module.css";
import { StopContext, type StopTarget } from "./stop";

type Overlay = { kind: "palette" } | { kind: "help" } | { kind: "stop"; target: StopTarget } | null;

export function Shell() {
  const [overlay, setOverlay] = useState<Overlay>(null);
  const [theme, setTheme] = useTheme();
  const link = useLink();
  const fleet = useQuery(fleetQuery);
  const close = useCallback(() => setOverlay(null), []);
  const stop = useCallback((target: StopTarget) => setOverlay({ kind: "stop", target }), []);
  const help = useCallback(() => setOverlay({ kind: "help" }), []);
  const palette = useCallback(() => setOverlay({ kind: "palette" }), []);
  usePageKeys(palette, help);
  const commands = useCommands({ fleet: fleet.data, stop, help, setTheme });
  return (
    <StopContext value={stop}>
      <div className={styles["shell"]}>
        <a href="#main" className={styles["skip"]}>
          Skip to content
        </a>
        <Sidebar link={link} waiting={fleet.data?.waiting.length ?? 0} theme={theme} setTheme={setTheme} onPalette={palette} onHelp={help} />
        <main id="main" className={styles["main"]} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      {overlay?.kind === "palette" && <Palette commands={commands} runPath={paths.run} onClose={close} />}
      {overlay?.kind === "help" && <Help onClose={close} />}
      {overlay?.kind === "stop" && <StopDialog scope={overlay.target.scope} target={overlay.target.target} around={overlay.target.around} onClose={close} />}
    </StopContext>
  );
}

function useLink(): Link {
  const client = useQueryClient();
  const [link, setLink] = useState<Link>("connecting");
  useEffect(() => follow(client, setLink), [client]);
  return link;
}

function usePageKeys(palette: () => void, help: () => void) {
  const navigate = useNavigate();
  const bindings = useMemo(() => {
    const go = (path: string) => () => void navigate(path);
    return { "mod+k": palette, "?": help, "g f": go(paths.fleet()), "g r": go(paths.runs()), "g s": go(paths.sessions()), "g a": go(paths.approvals()), "g l": go(paths.ledger()), "g p": go(paths.policies()), "g b": go(paths.budgets()), "g $": go(paths.spend()), "g e": go(paths.reliability()), "g t": go(paths.tools()), "g m": go(paths.gateway()), "g v": go(paths.coverage()), "g c": go(paths.connect()) };
  }, [navigate, palette, help]);
  useKeys(bindings);
}
