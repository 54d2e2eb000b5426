import { execFile } from 'node:child_process';

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** What the command said last on standard error, or why it could not be started: one line for a message. */
  readonly complaint: string;
}

/** Runs a program to its end, without a shell and without input; a failure is a value, not an exception. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; timeoutMs?: number } = {},
): Promise<CommandResult> {
  return await new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      {
        timeout: options.timeoutMs ?? 0,
        maxBuffer: 16 * 1024 * 1024,
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        const said = stderr.trim().split('\n').at(-1) ?? '';
        resolve({ ok: error === null, stdout, complaint: said === '' ? (error?.message ?? '') : said });
      },
    );
    child.stdin?.end();
  });
}
