import { describe, expect, it } from 'vitest';
import { readPolicyList } from '../../../cli/experiment/policy-list.ts';

describe('--policies', () => {
  it.each([
    [
      'names',
      'hpa, keda',
      [
        ['hpa', null],
        ['keda', null],
      ],
    ],
    [
      'a range',
      'static-9..11',
      [
        ['static-9', null],
        ['static-10', null],
        ['static-11', null],
      ],
    ],
    ['fewer seeds', 'clairvoyant@20', [['clairvoyant', 20]]],
    [
      'a range on fewer seeds',
      'static-1..2@5',
      [
        ['static-1', 5],
        ['static-2', 5],
      ],
    ],
    ['a path', 'runs/train-1/models/best', [['runs/train-1/models/best', null]]],
  ])('reads %s', (_name, text, policies) => {
    expect(readPolicyList(text).map(({ name, seeds }) => [name, seeds])).toEqual(policies);
  });

  it.each([
    ['nothing', '', /expected names/],
    ['a gap', 'hpa,,keda', /expected names/],
    ['a name twice', 'static-12..14,static-13', /static-13 stands there twice/],
    ['a range that goes back', 'static-18..12', /expected a range/],
    ['a range without end', 'static-1..999', /expected a range of 1 to 64/],
  ])('refuses %s', (_name, text, message) => {
    expect(() => readPolicyList(text)).toThrow(message);
  });
});
