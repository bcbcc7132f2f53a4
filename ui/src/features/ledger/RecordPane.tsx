/** One record, word for word, with the proof that it stands in the log. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { receiptQuery } from "~/api/ledger";
import type { Receipt } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { pretty, reindent } from "~/lib/json";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { JsonView } from "~/ui/JsonView";
import { Loaded } from "~/ui/Loaded";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import { decodeLeaf, textOf } from "./leaf";
import styles from "./RecordPane.module.css";

type Props = {
  index: number;
  runPath: (run: string, step?: string) => string;
  /** Why a decision came out as it did. */
  why: (run: string, step: string) => ReactNode;
  onClose: () => void;
};

export function RecordPane({ index, runPath, why, onClose }: Props) {
  const query = useQuery(receiptQuery(index));
  return <Loaded query={query}>{(receipt) => <Record receipt={receipt} runPath={runPath} why={why} onClose={onClose} />}</Loaded>;
}

function Record({ receipt, runPath, why, onClose }: { receipt: Receipt } & Omit<Props, "index">) {
  const leaf = decodeLeaf(receipt.leaf);
  const run = textOf(leaf, "run");
  const step = textOf(leaf, "step");
  const copy = () => void navigator.clipboard.writeText(pretty(receipt));
  return (
    <Pane
      label={`Record ${receipt.index}`}
      what="record"
      title={`Record ${count(receipt.index)}`}
      actions={
        <Button look="outline" icon="copy" onClick={copy}>
          Copy receipt
        </Button>
      }
      onClose={onClose}
    >
      {textOf(leaf, "type") === "decision" && run && step && why(run, step)}
      <Section title="Leaf" note="payloads are committed to, not stored">
        <JsonView value={reindent(leaf)} label="leaf" raw />
      </Section>
      <Section title="Proof" note={`${plural(receipt.proof.length, "hash", "hashes")} to the root`}>
        <Facts
          facts={[
            { name: "Leaf hash", value: <CopyId value={receipt.leaf_hash} label="leaf hash" /> },
            { name: "Root", value: <CopyId value={receipt.root} label="root" /> },
            { name: "Tree size", value: count(receipt.size) },
            { name: "Run", value: run && <Link to={runPath(run, step || undefined)} className={styles["link"]}>{run}</Link> },
          ]}
        />
      </Section>
      <Section title="Checkpoint">
        <pre className={styles["note"]}>{receipt.checkpoint.trim() || "Not signed yet; the next checkpoint covers it."}</pre>
      </Section>
    </Pane>
  );
}
