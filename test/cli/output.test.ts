import { describe, expect, it } from 'vitest';
import { Output } from '../../cli/output.ts';
import { screen } from './support/screen.ts';

describe('Output', () => {
  it('speaks to people on stdout', () => {
    const seen = screen();
    const output = new Output(seen.streams, { json: false });
    output.say('hello');
    output.remark('by the way');
    output.result({ a: 1 });
    expect([seen.out(), seen.err()]).toEqual(['hello\n', 'by the way\n']);
  });

  it('with --json keeps stdout for one object on its last line', () => {
    const seen = screen();
    const output = new Output(seen.streams, { json: true });
    output.say('hello');
    output.result({ a: 1 });
    expect([seen.out(), seen.err()]).toEqual(['{"a":1}\n', 'hello\n']);
  });
});

describe('LiveArea', () => {
  it('redraws in place, and goes on below what was said', () => {
    const seen = screen({ isTerminal: true });
    const output = new Output(seen.streams, { json: false });
    output.live.draw(['one', 'two']);
    output.live.draw(['three']);
    output.say('done');
    output.live.draw(['four']);
    const line = (text: string): string => `\r\u001b[2K${text}\n`;
    expect(seen.out()).toBe(
      `${line('one')}${line('two')}\u001b[0J` +
        `\u001b[2A${line('three')}\u001b[0J` +
        'done\n' +
        `${line('four')}\u001b[0J`,
    );
  });

  it('cuts lines at the width of the terminal, because a wrapped line cannot be redrawn', () => {
    const seen = screen({ isTerminal: true, columns: 5 });
    new Output(seen.streams, { json: false }).live.draw(['123456789']);
    expect(seen.out()).toContain('1234\n');
  });
});
