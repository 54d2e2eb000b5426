const HEAD_BYTES = 8;

/**
 * Takes the frames of a container's output apart: 1 byte for the stream (1 stdout, 2 stderr), 3 unused, 4 for the length (big
 * endian), then what was written. A frame may come in pieces, and several at once.
 */
export class FrameSplitter {
  readonly #onData: (data: Buffer, stream: number) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onData: (data: Buffer, stream: number) => void) {
    this.#onData = onData;
  }

  push(chunk: Buffer): void {
    let rest: Buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + rest.readUInt32BE(4);
      if (rest.length < end) break;
      this.#onData(rest.subarray(HEAD_BYTES, end), rest.readUInt8(0));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }
}
