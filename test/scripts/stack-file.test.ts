import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStack, type Stack } from '../../scripts/assemble/stack-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const read = (text: string, environment: Record<string, string> = {}): Stack => {
  const file = join(temporaryFolder(), 'stack.yml');
  writeFileSync(file, text);
  return readStack(file, environment);
};

const minimal = (more: string): string => `
version: 1.0
provider: { name: openfaas, gateway: 'http://127.0.0.1:8080' }
functions:
  demo: { lang: node-farm, handler: ./demo, image: "demo:1"${more} }
`;

describe('stack.yml', () => {
  it.each([
    { what: 'a default', text: '${TAG:-0.1.0}', environment: {}, image: '0.1.0' },
    { what: 'a value over a default', text: '${TAG:-0.1.0}', environment: { TAG: 'abc' }, image: 'abc' },
    { what: 'a default over an empty value', text: '${TAG:-0.1.0}', environment: { TAG: '' }, image: '0.1.0' },
    { what: 'nothing for a name that is not set', text: 'demo${TAG}', environment: {}, image: 'demo' },
    {
      what: 'several in a line',
      text: '${HOST:-ghcr.io}/demo:${TAG}',
      environment: { TAG: '7' },
      image: 'ghcr.io/demo:7',
    },
    { what: 'no name without braces', text: 'demo:$TAG', environment: { TAG: '7' }, image: 'demo:$TAG' },
  ])('fills in $what', ({ text, environment, image }) => {
    const stack = read(minimal('').replace('"demo:1"', `"${text}"`), environment);
    expect(stack.functions['demo']?.image).toBe(image);
  });

  it.each([
    {
      what: 'a key that faas-cli does not know',
      more: ', resources: {}',
      message: 'functions.demo: Unrecognized key: "resources"',
    },
    {
      what: 'a label that is not text',
      more: ', labels: { com.openfaas.scale.min: 1 }',
      message: 'functions.demo.labels.com.openfaas.scale.min: expected text; put numbers and booleans in quotes, got ',
    },
    { what: 'a function without an image', more: '', remove: ', image: "demo:1"', message: 'functions.demo.image: ' },
  ])('refuses $what', ({ more, remove, message }) => {
    const text = minimal(more).replace(remove ?? '\0', '');
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) as string }),
    );
  });

  it('says of a file that is not YAML where it breaks', () => {
    expect(() => read('functions: [')).toThrow(/stack\.yml: not valid YAML: .* at line 1/);
  });

  it('says which file is missing', () => {
    expect(() => readStack('/nowhere/stack.yml', {})).toThrow('/nowhere/stack.yml: cannot be read');
  });
});
