import { EXIT, type ExitCode } from './exit-code.ts';

const exitCodes: Readonly<Record<string, ExitCode>> = {
  SIGHUP: EXIT.hungUp,
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
};

/** Why a command ended early: somebody asked it to. Not an error of anybody's. */
export class Interrupted extends Error {
  readonly exitCode: ExitCode;

  constructor(signal: string) {
    super(`stopped by ${signal}`);
    this.name = 'Interrupted';
    this.exitCode = exitCodes[signal] ?? EXIT.interrupted;
  }
}

/** The exit code of a command whose signal has aborted. */
export function interruptedCode(signal: AbortSignal): ExitCode {
  return signal.reason instanceof Interrupted ? signal.reason.exitCode : EXIT.interrupted;
}
