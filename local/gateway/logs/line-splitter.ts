import { StringDecoder } from 'node:string_decoder';

/** Longest line kept, in characters; the rest of a longer one is dropped and marked. */
export const MAX_LINE_CHARS = 16 * 1024;

const CUT_MARK = ' … [line cut]';

/** Turns the bytes of a stream into lines, whatever the chunks' borders, holding no more than one line's worth of text. */
export class LineSplitter {
  readonly #emit: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #partial = '';
  #cut = false;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  /** Emits what came after the last line break, if anything. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#partial !== '') this.#emitLine();
  }

  #take(text: string): void {
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.#hold(text.slice(from, at));
      this.#emitLine();
      from = at + 1;
    }
    this.#hold(text.slice(from));
  }

  #hold(text: string): void {
    const room = MAX_LINE_CHARS - this.#partial.length;
    if (text.length > room) this.#cut = true;
    this.#partial += text.slice(0, room);
  }

  #emitLine(): void {
    const line = this.#partial.endsWith('\r') ? this.#partial.slice(0, -1) : this.#partial;
    this.#emit(this.#cut ? line + CUT_MARK : line);
    this.#partial = '';
    this.#cut = false;
  }
}
