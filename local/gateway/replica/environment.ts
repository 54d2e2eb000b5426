import type { Environment } from '#shared/config.ts';
import type { FunctionDeployment } from '../deployment.ts';
import type { Launch } from '../launch.ts';

/**
 * What a process needs to find its programs, its home and its language. Nothing else of the gateway's own environment goes
 * on: it may hold secrets, and NODE_OPTIONS meant for the gateway would change every function.
 */
const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'TZ',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
];

/** What a replica is told by variables, whatever it runs in; later lines win over earlier ones. */
export function replicaVariables(
  deployment: FunctionDeployment,
  replica: { readonly instance: string; readonly secretsDir: string },
): Record<string, string> {
  return {
    ...(deployment.envProcess === undefined ? {} : { fprocess: deployment.envProcess }),
    ...deployment.envVars,
    // What the gateway relies on cannot be set from outside.
    FARM_FUNCTION: deployment.service,
    FARM_INSTANCE: replica.instance,
    FARM_SECRETS_DIR: replica.secretsDir,
  };
}

/** The whole environment of a replica that is a process: later lines win over earlier ones. */
export function processEnvironmentOf(
  own: Environment,
  launch: Launch,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = own[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...launch.env, ...variables, HOST: '127.0.0.1', PORT: '0' };
}
