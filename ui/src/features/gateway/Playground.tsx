/** One request, sent for real as somebody, and everything that came of it. */
import { useState } from "react";
import { usePlay } from "~/api/gateway";
import type { GatewayKey, Played as Answer } from "~/api/types";
import { isObject, parse } from "~/lib/json";
import { MOD, useKeys } from "~/lib/keys";
import { useRemembered } from "~/lib/remembered";
import { Button } from "~/ui/Button";
import { Code } from "~/ui/Code";
import { Field } from "~/ui/Field";
import { Empty } from "~/ui/Notice";
import { Pick } from "~/ui/Pick";
import { Said } from "~/ui/Said";
import { Skeleton } from "~/ui/Skeleton";
import { API_WORDS, curlLine, exampleBody, type Api } from "./clients";
import { Played } from "./Played";
import styles from "./Playground.module.css";

/** What stands in the address. */
export type Play = { key: string; agent: string; route: string; api: Api };

type Props = { play: Play; keys: readonly GatewayKey[]; /** Routes, then models that were asked lately. */ models: readonly string[]; url: string; stepPath: (run: string, step: string) => string; onPlay: (part: Partial<Play>) => void };

const AN_AGENT = "";

export function Playground({ play, keys, models, url, stepPath, onPlay }: Props) {
  const [texts, setTexts] = useState<Partial<Record<Api, string>>>({});
  const [by] = useRemembered("name", "");
  const send = usePlay();
  const text = texts[play.api] ?? JSON.stringify(exampleBody(play.api), null, 2);
  const body = parse(text);
  const problem = !play.route.trim() ? "Say which route or model" : !play.key && !play.agent.trim() ? "Say as whom" : !body.ok || !isObject(body.value) ? "The request is a JSON object" : send.isPending ? "Sending" : undefined;
  const go = () => {
    if (problem !== undefined || !body.ok || !isObject(body.value)) return;
    send.mutate({ key_id: play.key, agent: play.key ? "" : play.agent.trim(), route: play.route.trim(), api: play.api, body: body.value, by: by.trim() || "console" });
  };
  useKeys({ "mod+Enter": go });
  return (
    <div className={styles["bench"]}>
      <section className={styles["ask"]} aria-label="Request">
        <div className={styles["fields"]}>
          <Pick label="As" value={play.key} options={Object.fromEntries([[AN_AGENT, "an agent, by a key of some minutes"], ...keys.map((key) => [key.id, `${key.name}, as ${key.agent}`])])} onChange={(key) => onPlay({ key })} />
          {!play.key && (
            <Field label="Agent">
              {(field) => <input {...field} value={play.agent} spellCheck={false} onChange={(event) => onPlay({ agent: event.target.value })} />}
            </Field>
          )}
          <Field label="Route or model">
            {(field) => (
              <>
                <input {...field} list="playground-models" value={play.route} spellCheck={false} onChange={(event) => onPlay({ route: event.target.value })} />
                <datalist id="playground-models">
                  {models.map((model) => (
                    <option key={model} value={model} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <Pick label="Speaking" value={play.api} options={API_WORDS} onChange={(api) => onPlay({ api })} />
        </div>
        <div className={styles["body"]}>
          <Code label="Request as JSON" text={text} onText={(next) => setTexts({ ...texts, [play.api]: next })} />
        </div>
        <footer className={styles["foot"]}>
          <p>It is sent, judged, paid for and recorded like any other call.</p>
          <Button look="ink" icon="play" keys={`${MOD} ↵`} disabledReason={problem} onClick={go}>
            Send
          </Button>
        </footer>
      </section>
      <section className={styles["answer"]} aria-label="Answer" aria-live="polite">
        {send.isPending ? <Skeleton rows={6} /> : send.error ? <Said error={send.error} /> : send.data ? <Played answer={send.data as Answer} stepPath={stepPath} /> : <Nothing url={url} play={play} body={body.ok && isObject(body.value) ? body.value : undefined} />}
      </section>
    </div>
  );
}

function Nothing({ url, play, body }: { url: string; play: Play; body: Record<string, unknown> | undefined }) {
  return (
    <Empty icon="play" title="Send it, and see what is decided" command={curlLine({ url, model: play.route || "MODEL", api: play.api, ...(body && { body }) })}>
      The decision, the answer and its headers stand here then. The same from a shell, with a key in the place of hf-…
    </Empty>
  );
}
