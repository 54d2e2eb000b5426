import { coerceError, FarmhandError } from '#shared/errors.ts';
import { fileRefusal } from '../local/file-refusal.ts';
import { EXIT, exitCodeFor, type ExitCode } from './exit-code.ts';
import { Interrupted } from './interrupted.ts';

/** An error as people and programs meet it. */
export interface Failure {
  /** For stderr; one line unless a stack was asked for. */
  readonly text: string;
  /** For stdout with `--json`. */
  readonly body: { readonly error: { readonly code: string; readonly message: string } };
  readonly exitCode: ExitCode;
}

export function describeFailure(thrown: unknown, options: { debug: boolean }): Failure {
  const coerced = coerceError(thrown);
  const error = fileRefusal(coerced) ?? coerced;
  const known = error instanceof FarmhandError ? error : null;
  const code = known?.code ?? (error instanceof Interrupted ? 'INTERRUPTED' : 'INTERNAL');
  const hint = code === 'INTERNAL' && !options.debug ? '; --debug shows where' : '';
  const line = `farmhand: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}${hint} (${code})`;
  return {
    text: options.debug ? `${line}\n${stackOf(error)}` : line,
    body: { error: { code, message: error.message } },
    exitCode: known !== null ? exitCodeFor(known.code) : error instanceof Interrupted ? error.exitCode : EXIT.defect,
  };
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(coerceError(error.cause))}`;
}
