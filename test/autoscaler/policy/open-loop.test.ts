import { describe, expect, test } from 'vitest';
import { OpenLoopPolicy, parseTimetable } from '#autoscaler/policy/open-loop.ts';
import { look } from './looks.ts';

describe('open-loop', () => {
  test('the worked example: plays its timetable, and its last entry stays', () => {
    const policy = new OpenLoopPolicy('open-loop', [12, 11, 13]);
    expect(policy.decide(look(0, { workers: 12 }))).toEqual({
      kind: 'hold',
      because: 'step 1 of the timetable has 12 workers',
    });
    expect(policy.decide(look(8, { workers: 12, waiting: 900 }))).toMatchObject({ kind: 'scale', replicas: 11 });
    expect(policy.decide(look(16, { workers: 11 }))).toMatchObject({ kind: 'scale', replicas: 13 });
    expect(policy.decide(look(24, { workers: 12 }))).toMatchObject({ kind: 'scale', replicas: 13 });
  });

  test('says that it uses the clock', () => {
    expect(new OpenLoopPolicy('open-loop', [1]).usesClock).toBe(true);
  });

  test('needs at least one step', () => {
    expect(() => new OpenLoopPolicy('night', [])).toThrow('night: a timetable needs at least one step');
  });
});

describe('parseTimetable', () => {
  test('reads a name and workers by step', () => {
    const data: unknown = JSON.parse('{"name": "open-loop", "workers": [12, 11]}');
    expect(parseTimetable(data, 'a.json')).toEqual({ name: 'open-loop', workers: [12, 11] });
  });

  test.each([
    ['no object', 7, 'timetable a.json: the document: expected a section with the keys name, workers, got 7'],
    [
      'another key',
      { name: 'a', workers: [1], step: 8 },
      'timetable a.json: the document: unrecognised key "step"; allowed: name, workers',
    ],
    ['no steps', { name: 'a', workers: [] }, 'timetable a.json: workers: expected at least one step, got []'],
    [
      'half a worker',
      { name: 'a', workers: [1, 1.5] },
      'timetable a.json: workers.1: expected a whole number of workers, got 1.5',
    ],
    ['no worker', { name: 'a', workers: [0] }, 'timetable a.json: workers.0: expected 1 worker or more, got 0'],
    [
      'a path for a name',
      { name: '../a', workers: [1] },
      'timetable a.json: name: expected a name of 1 to 80 of a-z 0-9 . -, beginning with one of a-z 0-9, got "../a"',
    ],
  ])('refuses %s', (_case, data, message) => {
    const parse = (): unknown => parseTimetable(data, 'a.json');
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }) as Error);
  });
});
