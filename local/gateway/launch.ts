import { FarmhandError } from '#shared/errors.ts';

/** How a replica of one image is started. The gateway adds the environment of the deployment and of the replica. */
export interface Launch {
  /** Absolute path of the program, usually process.execPath. */
  readonly command: string;
  /** For example ['--max-semi-space-size=1', 'index.ts']. No secrets: arguments are visible to every user of the machine. */
  readonly args: readonly string[];
  /** The image's folder, for example <project>/build/worker. */
  readonly cwd: string;
  /** Variables that belong to the image, for example NODE_COMPILE_CACHE; a deployment's envVars win. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Image basename without tag ('worker') → how to start it. These are all the images that the gateway knows. */
export type LaunchTable = Readonly<Record<string, Launch>>;

/** 'localhost:5001/team/worker:1@sha256:…' → 'worker'. */
export function imageBasename(image: string): string {
  const reference = image.split('@', 1)[0] ?? '';
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  return last.split(':', 1)[0] ?? '';
}

/** @throws FarmhandError BODY_INVALID that names the images known. */
export function launchFor(image: string, table: LaunchTable): Launch {
  const name = imageBasename(image);
  const launch = Object.hasOwn(table, name) ? table[name] : undefined;
  if (launch !== undefined) return launch;
  const known = Object.keys(table).sort().join(', ');
  throw new FarmhandError(
    'BODY_INVALID',
    `image: no function is built for '${image}' (looked for '${name}'); known images: ${known === '' ? 'none' : known}`,
  );
}
