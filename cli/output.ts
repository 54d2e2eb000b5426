import { LiveArea } from './live-area.ts';
import type { Streams, Writer } from './writer.ts';

/**
 * What a command says. For people, everything goes to stdout. With `--json`, stdout carries one JSON object as its last
 * line and whatever is for people goes to stderr, so that a program can read the one and a person the other.
 */
export class Output {
  readonly json: boolean;
  readonly live: LiveArea;
  readonly #streams: Streams;
  readonly #people: Writer;

  constructor(streams: Streams, options: { json: boolean }) {
    this.json = options.json;
    this.#streams = streams;
    this.#people = options.json ? streams.err : streams.out;
    this.live = new LiveArea(this.#people);
  }

  /** The stream that people read: where a progress bar draws. */
  get people(): Writer {
    return this.#people;
  }

  /** One or more lines for people, below whatever progress was shown. */
  say(text: string): void {
    this.live.settle();
    this.#people.write(`${text}\n`);
  }

  /** A remark beside the result: always on stderr. */
  remark(text: string): void {
    this.live.settle();
    this.#streams.err.write(`${text}\n`);
  }

  /** The result for programs: one line of JSON, only with `--json`. */
  result(value: object): void {
    this.live.settle();
    if (this.json) this.#streams.out.write(`${JSON.stringify(value)}\n`);
  }

  /** A line for programs as it is (a log line, a record), whatever the mode. */
  raw(line: string): void {
    this.#streams.out.write(`${line}\n`);
  }
}
