import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';

const texts = z.record(z.string(), z.string('expected text; put numbers and booleans in quotes'));
const quantities = z.strictObject({ memory: z.string().optional(), cpu: z.string().optional() });

/** One function of stack.yml, with the keys of faas-cli's schema (go-sdk, stack/schema.go). */
const stackFunction = z.strictObject({
  lang: z.string(),
  handler: z.string(),
  image: z.string(),
  namespace: z.string().optional(),
  fprocess: z.string().optional(),
  environment: texts.default({}),
  environment_file: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  constraints: z.array(z.string()).default([]),
  labels: texts.default({}),
  annotations: texts.default({}),
  requests: quantities.optional(),
  limits: quantities.optional(),
  readonly_root_filesystem: z.boolean().default(false),
  skip_build: z.boolean().default(false),
  build_args: texts.default({}),
  build_options: z.array(z.string()).default([]),
  build_secrets: texts.default({}),
  platforms: z.string().optional(),
});

const stackFile = z.strictObject({
  version: z.literal(1, 'expected 1.0'),
  provider: z.strictObject({ name: z.literal('openfaas'), gateway: z.string() }),
  functions: z.record(z.string(), stackFunction),
  configuration: z
    .strictObject({
      templates: z.array(z.strictObject({ name: z.string(), source: z.string().optional() })).default([]),
      copy: z.array(z.string()).default([]),
    })
    .prefault({}),
});

/** stack.yml as faas-cli and the local gateway deploy it. */
export type Stack = z.infer<typeof stackFile>;
export type StackFunction = z.infer<typeof stackFunction>;

/** Reads stack.yml with `${NAME}` and `${NAME:-default}` filled in from the environment, as faas-cli does. */
export function readStack(file: string, environment: Environment): Stack {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FarmhandError('CONFIG_INVALID', `${file}: cannot be read`, { cause });
  }
  const document = parseDocument(substitute(text, environment));
  const syntax = document.errors[0];
  if (syntax !== undefined) throw new FarmhandError('CONFIG_INVALID', `${file}: not valid YAML: ${syntax.message}`);
  const raw: unknown = document.toJS();
  const result = stackFile.safeParse(raw);
  if (!result.success) throw new FarmhandError('CONFIG_INVALID', `${file}: ${describeIssues(result.error, raw)}`);
  return result.data;
}

function substitute(text: string, environment: Environment): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    const value = environment[name];
    return value === undefined || value === '' ? (fallback ?? '') : value;
  });
}
