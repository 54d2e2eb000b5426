import { z } from 'zod';

/** What a function was told by the gateway, in its own words. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: the probe cannot tell. */
  readonly body: string | null;
}

/** What a deployed probe is for: one of the classic watchdog's can do one thing only. */
export type Purpose = { readonly kind: 'echo' } | { readonly kind: 'secret'; readonly name: string };

/**
 * An image that the suite deploys, and how to ask a function made of it. Two are known: our own, which does everything
 * (scripts/conformance/probe), and OpenFaaS' alpine image with the classic watchdog, which is public and does most.
 */
export interface Probe {
  readonly image: string;
  /** The command of a function for this purpose; sent as envProcess. */
  command(purpose: Purpose): string;
  /** Path that echoes; what it answers is read by `seen`. */
  readonly echoPath: string;
  seen(answer: string): Seen;
  /** Path that prints `text` to the log; null: the image cannot. */
  sayPath(text: string): string | null;
  /** Path that answers 302; null: the image cannot. */
  readonly redirectPath: string | null;
  /** Path that answers with the secret's bytes. */
  secretPath(name: string): string;
}

const echoed = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.union([z.string(), z.record(z.string(), z.unknown()), z.null()]),
});

/** Our own probe, built from scripts/conformance/stack.yml. */
export function farmProbe(image: string): Probe {
  return {
    image,
    command: () => 'node --max-semi-space-size=1 index.ts',
    echoPath: '/echo',
    seen: (answer) => {
      const { body, ...rest } = echoed.parse(JSON.parse(answer));
      return { ...rest, body: typeof body === 'string' ? body : body === null ? '' : JSON.stringify(body) };
    },
    sayPath: (text) => `/say?text=${encodeURIComponent(text)}`,
    redirectPath: '/redirect',
    secretPath: (name) => `/secret?name=${encodeURIComponent(name)}`,
  };
}

/**
 * An image with the classic watchdog and env and cat, for example ghcr.io/openfaas/alpine: it runs its command for each request, split at
 * spaces without a shell, with the request in variables named Http_….
 */
export function classicProbe(image: string): Probe {
  return {
    image,
    command: (purpose) => (purpose.kind === 'secret' ? `cat /var/openfaas/secrets/${purpose.name}` : 'env'),
    echoPath: '/echo',
    seen: readVariables,
    // It logs each run of its command, and nothing that we choose.
    sayPath: () => null,
    redirectPath: null,
    secretPath: () => '',
  };
}

function readVariables(answer: string): Seen {
  const headers: Record<string, string> = {};
  for (const line of answer.split('\n')) {
    const [, name, value] = /^Http_([^=]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) headers[name.toLowerCase().replaceAll('_', '-')] = value;
  }
  const { method = '', path = '', query = '', ...rest } = headers;
  return { method, url: query === '' ? path : `${path}?${query}`, headers: rest, body: null };
}
