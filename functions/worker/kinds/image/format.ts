/** The formats that the image kind reads. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

const ascii = (bytes: Buffer, start: number, end: number): string => bytes.toString('latin1', start, end);

/** An ISO media file begins with a box: size, 'ftyp', major brand, version, compatible brands. */
function isAvif(bytes: Buffer): boolean {
  if (bytes.length < 16 || ascii(bytes, 4, 8) !== 'ftyp') return false;
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  for (let at = 8; at + 4 <= end; at += 4) {
    if (['avif', 'avis'].includes(ascii(bytes, at, at + 4))) return true;
  }
  return false;
}

const signatures: readonly (readonly [ImageFormat, (bytes: Buffer) => boolean])[] = [
  ['jpeg', (bytes) => ascii(bytes, 0, 3) === '\xff\xd8\xff'],
  ['png', (bytes) => ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n'],
  ['gif', (bytes) => ['GIF87a', 'GIF89a'].includes(ascii(bytes, 0, 6))],
  ['webp', (bytes) => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP'],
  ['tiff', (bytes) => ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(ascii(bytes, 0, 4))],
  ['avif', isAvif],
];

/**
 * The format by the file's first bytes, whatever its name says; null when it is none that is read. It is asked before any
 * decoder, so that only decoders for pictures ever see bytes from outside: an SVG, which is a program that a renderer runs,
 * reaches none.
 */
export function recogniseFormat(bytes: Buffer): ImageFormat | null {
  return signatures.find(([, matches]) => matches(bytes))?.[0] ?? null;
}

/** Whether these bytes look like an SVG drawing. Only chooses the words of the refusal. */
export function looksLikeSvg(bytes: Buffer): boolean {
  return /<svg[\s>]/i.test(bytes.toString('utf8', 0, 1024));
}
