/** A provider to ask; its secret goes in and never comes out. */
import { useState } from "react";
import { useSetProvider } from "~/api/gateway";
import type { GatewayApi, GatewayProvider, ProviderAuth } from "~/api/types";
import { readNames } from "~/lib/typed";
import { Asking, Pair } from "~/ui/Asking";
import { Checks } from "~/ui/Checks";
import { Field } from "~/ui/Field";
import { Pick } from "~/ui/Pick";
import { APIS, AUTHS } from "./providerColumns";

type Draft = { name: string; base_url: string; apis: GatewayApi[]; auth: ProviderAuth; secret: string; models: string; region: string };

/** Where the known ones are and what they speak. */
const KINDS = {
  compatible: { word: "OpenAI-compatible", name: "", base_url: "http://127.0.0.1:8000", apis: ["chat"], auth: "none" },
  openai: { word: "OpenAI", name: "openai", base_url: "https://api.openai.com", apis: ["chat", "responses", "embeddings", "completions", "files"], auth: "bearer" },
  anthropic: { word: "Anthropic", name: "anthropic", base_url: "https://api.anthropic.com", apis: ["messages"], auth: "x-api-key" },
  google: { word: "Google Gemini", name: "google", base_url: "https://generativelanguage.googleapis.com", apis: ["gemini"], auth: "x-goog-api-key" },
  openrouter: { word: "OpenRouter", name: "openrouter", base_url: "https://openrouter.ai/api", apis: ["chat"], auth: "bearer" },
  ollama: { word: "Ollama", name: "ollama", base_url: "http://127.0.0.1:11434", apis: ["chat"], auth: "none" },
} as const satisfies Record<string, { word: string; name: string; base_url: string; apis: readonly GatewayApi[]; auth: ProviderAuth }>;

const NOBODY: readonly string[] = [];

type Kind = keyof typeof KINDS;
const KIND_WORDS = Object.fromEntries(Object.entries(KINDS).map(([kind, { word }]) => [kind, word])) as Record<Kind, string>;

const draftOf = (kind: Kind): Draft => ({ ...KINDS[kind], apis: [...KINDS[kind].apis], secret: "", models: "*", region: "" });

type Props = { provider?: GatewayProvider; taken?: readonly string[]; onSet: (provider: GatewayProvider) => void; onClose: () => void };

export function EditProvider({ provider, taken = NOBODY, onSet, onClose }: Props) {
  const [kind, setKind] = useState<Kind>("compatible");
  const [draft, setDraft] = useState<Draft>(provider ? { ...provider, secret: "", models: provider.models.join(", ") } : draftOf("compatible"));
  const store = useSetProvider(draft.name.trim());
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const choose = (next: Kind) => {
    setKind(next);
    setDraft({ ...draftOf(next), secret: draft.secret, region: draft.region });
  };
  const name = draft.name.trim();
  const problem = problemOf(draft, !provider && taken.includes(name));
  const send = (by: string) => store.mutate({ base_url: draft.base_url.trim().replace(/\/$/, ""), apis: draft.apis, auth: draft.auth, models: readNames(draft.models), region: draft.region.trim(), ...kept(provider), ...(draft.secret && { secret: draft.secret.trim() }), by }, { onSuccess: onSet });
  const secretless = draft.auth === "none" || draft.auth === "client";
  return (
    <Asking title={provider ? `Change ${provider.name}` : "Add a provider"} does={provider ? "Change it" : "Add it"} wide problem={problem} sent={store} says="Workers use it from their next call on." onSend={send} onClose={onClose}>
      {!provider && (
        <Pair>
          <Pick label="Kind" value={kind} options={KIND_WORDS} onChange={choose} />
          <Field label="Name" hint="what stands before the model: name/model">
            {(field) => <input {...field} data-first value={draft.name} maxLength={64} spellCheck={false} onChange={(event) => set({ name: event.target.value })} />}
          </Field>
        </Pair>
      )}
      <Field label="Base URL" hint="what stands before /v1/…">
        {(field) => <input {...field} type="url" value={draft.base_url} spellCheck={false} onChange={(event) => set({ base_url: event.target.value })} />}
      </Field>
      <Checks label="Speaks" options={APIS} chosen={draft.apis} onChange={(apis) => set({ apis })} />
      <Pair>
        <Pick label="Authenticates by" value={draft.auth} options={AUTHS} onChange={(auth) => set({ auth })} />
        {!secretless && (
          <Field label="Secret" hint={provider?.has_secret ? `empty keeps ••••${provider.secret_hint}` : "encrypted where it is kept; nobody reads it back"}>
            {(field) => <input {...field} type="password" autoComplete="off" value={draft.secret} onChange={(event) => set({ secret: event.target.value })} />}
          </Field>
        )}
      </Pair>
      <Pair>
        <Field label="Models" hint="globs, apart by commas">
          {(field) => <input {...field} value={draft.models} spellCheck={false} onChange={(event) => set({ models: event.target.value })} />}
        </Field>
        <Field label="Region" hint="for rules about where data may go">
          {(field) => <input {...field} value={draft.region} maxLength={64} spellCheck={false} onChange={(event) => set({ region: event.target.value })} />}
        </Field>
      </Pair>
    </Asking>
  );
}

const UNSAID = { headers: {}, ca_file: "", connect_s: 5, first_byte_s: 120, idle_s: 60, connections_max: 256 };

/** What the form does not show is left as it is. */
const kept = ({ headers, ca_file, connect_s, first_byte_s, idle_s, connections_max }: typeof UNSAID = UNSAID) => ({ headers, ca_file, connect_s, first_byte_s, idle_s, connections_max });

function problemOf(draft: Draft, exists: boolean): string | undefined {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(draft.name.trim())) return "A name of small letters, digits, dots and dashes";
  if (exists) return "There is a provider of that name";
  if (!/^https?:\/\/[^\s/]+/.test(draft.base_url.trim())) return "The base URL begins with https:// or http://";
  if (draft.apis.length === 0) return "Say what it speaks";
  if (readNames(draft.models).length === 0) return "Say which models it has; * for all";
  return undefined;
}
