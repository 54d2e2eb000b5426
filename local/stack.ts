import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeIssues, type Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { readStack, type StackFunction } from '../scripts/assemble/stack-file.ts';
import type { FunctionDeployment } from './gateway/deployment.ts';

/**
 * What `faas-cli deploy -f stack.yml` would send to a gateway: one deployment a function, in the file's order.
 * Throws CONFIG_INVALID.
 */
export function loadDeployments(options: { root: string; environment: Environment }): FunctionDeployment[] {
  const { functions } = readStack(join(options.root, 'stack.yml'), options.environment);
  return Object.entries(functions).map(([service, described]) => toDeployment(service, described, options.root));
}

function toDeployment(service: string, described: StackFunction, root: string): FunctionDeployment {
  // As in faas-cli (commands/deploy.go, compileEnvironment): files win over stack.yml, and a later file over an earlier one.
  const envVars: Record<string, string> = { ...described.environment };
  for (const file of described.environment_file) Object.assign(envVars, readEnvironmentFile(resolve(root, file)));
  return {
    service,
    image: described.image,
    namespace: described.namespace,
    envProcess: described.fprocess,
    envVars,
    constraints: described.constraints,
    secrets: described.secrets,
    labels: described.labels,
    annotations: described.annotations,
    limits: described.limits,
    requests: described.requests,
    readOnlyRootFilesystem: described.readonly_root_filesystem,
  };
}

const environmentFile = z.strictObject({
  environment: z.record(z.string(), z.string('expected text; put numbers and booleans in quotes')),
});

/** `environment:` and below it a name and a text a line. */
function readEnvironmentFile(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FarmhandError('CONFIG_INVALID', `${file}: environment_file of stack.yml: cannot be read`, { cause });
  }
  const document = parseDocument(text);
  const syntax = document.errors[0];
  if (syntax !== undefined) throw new FarmhandError('CONFIG_INVALID', `${file}: not valid YAML: ${syntax.message}`);
  const raw: unknown = document.toJS();
  const parsed = environmentFile.safeParse(raw);
  if (!parsed.success) throw new FarmhandError('CONFIG_INVALID', `${file}: ${describeIssues(parsed.error, raw)}`);
  return parsed.data.environment;
}
