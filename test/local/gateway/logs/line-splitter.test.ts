import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, MAX_LINE_CHARS } from '../../../../local/gateway/logs/line-splitter.ts';

function split(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test.each([
  { name: 'nothing', text: '', lines: [] },
  { name: 'a line', text: 'a\n', lines: ['a'] },
  { name: 'an empty line is a line', text: '\n\n', lines: ['', ''] },
  { name: 'a rest without a break is flushed', text: 'a\nb', lines: ['a', 'b'] },
  { name: 'CR LF is one break', text: 'a\r\nb\r\n', lines: ['a', 'b'] },
  { name: 'the longest line is whole', text: `${'x'.repeat(MAX_LINE_CHARS)}\n`, lines: ['x'.repeat(MAX_LINE_CHARS)] },
  {
    name: 'a longer one is cut, the next is not',
    text: `${'x'.repeat(3 * MAX_LINE_CHARS)}\nb\n`,
    lines: [`${'x'.repeat(MAX_LINE_CHARS)} … [line cut]`, 'b'],
  },
])('$name', ({ text, lines }) => {
  expect(split([Buffer.from(text)])).toEqual(lines);
});

test('how the bytes are cut into chunks makes no difference, also within a character', () => {
  const words = fc.array(fc.constantFrom('a', '\n', '€', '😀', '\r\n', 'bc', 'ü'), { maxLength: 30 });
  fc.assert(
    fc.property(words, fc.array(fc.nat(100)), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''));
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      expect(split(chunks)).toEqual(split([bytes]));
    }),
  );
});
