import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';

export interface LogFileOptions {
  readonly log: Logger;
  /** The file is put aside at this size; default 8 MiB. */
  readonly maxBytes?: number;
  /** Characters that may wait for the disk; what comes on top is dropped and counted. Default 8 Mi. */
  readonly maxWaitingChars?: number;
}

/**
 * A file of lines that is written in the background, in order, and rotated: <path> is the newest, <path>.1 what was before
 * it, and there is no more. A full or failing disk costs lines, never the gateway.
 */
export class LogFile {
  readonly #path: string;
  readonly #log: Logger;
  readonly #maxBytes: number;
  readonly #maxWaitingChars: number;
  #waiting: string[] = [];
  #waitingChars = 0;
  #dropped = 0;
  #writing: Promise<void> | null = null;
  /** Bytes in the file; null until it was looked at. */
  #size: number | null = null;

  constructor(path: string, options: LogFileOptions) {
    this.#path = path;
    this.#log = options.log;
    this.#maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
    this.#maxWaitingChars = options.maxWaitingChars ?? 8 * 1024 * 1024;
  }

  /** @param line ends with a line break. */
  write(line: string): void {
    if (this.#waitingChars + line.length > this.#maxWaitingChars) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    this.#start();
  }

  /** Resolves when everything that was written is in the file. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  #start(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      if (this.#waiting.length > 0) this.#start();
    });
  }

  async #writeAll(): Promise<void> {
    try {
      this.#size ??= await this.#open();
      while (this.#waiting.length > 0) await this.#append(this.#takeWaiting());
      if (this.#dropped > 0) {
        this.#log.warn({ file: this.#path, lines: this.#dropped }, 'log lines were dropped: the disk is too slow');
        this.#dropped = 0;
      }
    } catch (thrown) {
      this.#takeWaiting();
      this.#log.error(
        { file: this.#path, error: coerceError(thrown) },
        'log lines were lost: the file cannot be written',
      );
    }
  }

  #takeWaiting(): string {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingChars = 0;
    return text;
  }

  async #open(): Promise<number> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    return await stat(this.#path).then(
      (found) => found.size,
      () => 0,
    );
  }

  async #append(text: string): Promise<void> {
    const bytes = Buffer.byteLength(text);
    if (this.#size !== null && this.#size > 0 && this.#size + bytes > this.#maxBytes) {
      await rename(this.#path, `${this.#path}.1`);
      this.#size = 0;
    }
    await appendFile(this.#path, text, { mode: 0o600 });
    this.#size = (this.#size ?? 0) + bytes;
  }
}
