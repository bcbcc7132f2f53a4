/** `?`: every key of the console. */
import { MOD } from "~/lib/keys";
import { Dialog } from "~/ui/Dialog";
import styles from "./Help.module.css";

const KEYS: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Anywhere",
    keys: [
      [`${MOD} K`, "Go to a page, run or agent"],
      ["g then f, r, s, a, l", "Fleet, runs, sessions, approvals, ledger"],
      ["g then p, b, t, m, v, c", "Policies, budgets, tools, gateway, coverage, connect"],
      ["g then $, e", "Spend, reliability"],
      ["s", "Stop: fleet and run"],
      ["?", "These keys"],
      ["Esc", "Close, deselect, go back"],
    ],
  },
  {
    title: "Lists",
    keys: [
      ["j k or ↓ ↑", "Next, previous"],
      ["Enter", "Open"],
      ["/", "Search or filter"],
    ],
  },
  {
    title: "Run: views",
    keys: [
      ["t, l", "Tree or timeline, timeline"],
      ["f, a", "Flame, agent graph"],
      ["q, c", "Sequence, conversation"],
      ["d, m, $", "Decisions, memory, cost"],
      ["v", "Compare with another run"],
    ],
  },
  {
    title: "Run: steps",
    keys: [
      ["[ ]", "Previous, next step"],
      ["← →, x", "Close or open a step, all of them"],
      ["e, Shift e", "Next, previous error or refusal"],
      ["w", "Where a failed run turned"],
      ["/, n, Shift n", "Find; next, previous found"],
      ["h", "Heat: none, time, cost"],
      ["+ − 0", "Timeline: closer, further, all of it"],
      ["Space, < >", "Play or pause, slower or faster"],
      ["1 2 3 4, o", "Tabs of the step; about the run"],
    ],
  },
  {
    title: "Spend and reliability",
    keys: [
      ["[ ]", "Previous, next name or metric"],
      ["← → Home End", "Read the chart point by point"],
      ["Esc", "All of them again"],
    ],
  },
  {
    title: "Policies and budgets",
    keys: [
      ["e", "Edit the file of the rule"],
      ["n", "New file, new budget"],
      [`${MOD} Enter`, "Save, once you have said who you are"],
    ],
  },
  {
    title: "Gateway",
    keys: [
      ["[ ]", "Previous, next part"],
      ["n", "New key, provider, route"],
      [`${MOD} Enter`, "Send from the playground"],
    ],
  },
  {
    title: "Approval",
    keys: [
      [`${MOD} Enter`, "Approve, with edits if there are any"],
      ["e", "Edit the arguments"],
      ["r", "Refuse"],
    ],
  },
];

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog double title="Keys" onClose={onClose}>
      <div className={styles["groups"]}>
        {KEYS.map(({ title, keys }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, meaning]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
