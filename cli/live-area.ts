import type { Writer } from './writer.ts';

const ESCAPE = '\u001b[';

/** Lines at the bottom of a terminal that are redrawn in place until something else is said. */
export class LiveArea {
  readonly #writer: Writer;
  #drawn = 0;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Whether redrawing works here; elsewhere a caller prints a plain line now and then instead. */
  get isTerminal(): boolean {
    return this.#writer.isTerminal;
  }

  /** Replaces what was drawn last. Lines are cut at the terminal's width: a wrapped line could not be redrawn. */
  draw(lines: readonly string[]): void {
    const cut = lines.map((line) => line.slice(0, Math.max(1, this.#writer.columns - 1)));
    const up = this.#drawn > 0 ? `${ESCAPE}${String(this.#drawn)}A` : '';
    this.#writer.write(`${up}${cut.map((line) => `\r${ESCAPE}2K${line}\n`).join('')}${ESCAPE}0J`);
    this.#drawn = cut.length;
  }

  /** Leaves what is drawn as it stands; the next drawing begins below it. */
  settle(): void {
    this.#drawn = 0;
  }
}
