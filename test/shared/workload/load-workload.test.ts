import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FarmhandError } from '#shared/errors.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { loadWorkload } from '#shared/workload/load-workload.ts';
import { parseWorkload } from '#shared/workload/parse-workload.ts';
import { planWorkload } from '#shared/workload/plan.ts';
import { defaults } from './fixtures.ts';

let folder: string;
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-workload-'));
  mkdirSync(join(folder, 'traces'));
  write('traces/day.txt', '# requests a second\n10\n30\n\n20\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a name', () => {
  test('is looked up in the catalogue, also when a file is called so', () => {
    expect(loadWorkload('quick', defaults)).toEqual(findWorkload('quick', defaults));
  });
});

describe('a file', () => {
  test('takes what it leaves out from farm.yml', () => {
    const file = write(
      'lunch.yml',
      `
name: lunch
arrivals:
  - name: rush
    durationS: 30
    rate: { pattern: steady, perS: 4 }
control: { initialWorkers: 3 }
service: { meanS: 0.7 }
`,
    );
    const { stepDurationS, observationWindowS, maxSteps } = defaults.control;
    expect(loadWorkload(file, defaults)).toEqual({
      name: 'lunch',
      description: '',
      kind: 'calibrated',
      emission: 'poisson',
      control: { stepDurationS, observationWindowS, maxSteps, initialWorkers: 3 },
      arrivals: [{ name: 'rush', durationS: 30, rate: { pattern: 'steady', perS: 4 } }],
      service: {
        meanS: 0.7,
        shape: 4,
        minSizePx: 512,
        maxSizePx: 4096,
        model: { a: 1.7099013205346125e-7, b: 0.0016654777540409116 },
      },
      phaseShuffle: false,
      phaseShuffleSeed: null,
    });
  });

  test("of images takes this machine's timing model", () => {
    const file = write(
      'images.yml',
      'name: images\nkind: image\ncontrol:\narrivals: [{ name: x, durationS: 5, rate: { pattern: steady, perS: 4 } }]\n',
    );
    const { a, b } = defaults.workload.imageModel;
    expect(loadWorkload(file, defaults).service.model).toEqual({ a, b });
  });

  test('may name a trace beside it, scaled or as it is, for as long as the trace or less', () => {
    const file = write(
      'day.yml',
      `
name: day
arrivals:
  - { name: scaled, rate: { trace: traces/day.txt, meanPerS: 5 } }
  - { name: as it is, durationS: 2, rate: { pattern: trace, trace: traces/day.txt } }
`,
    );
    const workload = loadWorkload(file, defaults);
    expect(workload.arrivals).toEqual([
      { name: 'scaled', durationS: 3, rate: { pattern: 'trace', perS: [2.5, 7.5, 5] } },
      { name: 'as it is', durationS: 2, rate: { pattern: 'trace', perS: [10, 30, 20] } },
    ]);
    expect(planWorkload(workload, { seed: 1 }).totalTasks).toBeGreaterThan(20);
  });

  test('may be a bare trace: five tasks/s in the mean', () => {
    expect(loadWorkload(join(folder, 'traces/day.txt'), defaults)).toMatchObject({
      name: 'day',
      arrivals: [{ name: 'day', durationS: 3, rate: { pattern: 'trace', perS: [2.5, 7.5, 5] } }],
    });
  });

  test('may be JSON, which is YAML', () => {
    const { name, arrivals } = findWorkload('constant', defaults);
    expect(loadWorkload(write('own.json', JSON.stringify({ name, arrivals })), defaults).arrivals).toEqual(arrivals);
  });
});

test('a workload that came over HTTP cannot make anybody read a file', () => {
  const arrivals = [{ name: 'x', durationS: 3, rate: { pattern: 'trace', trace: join(folder, 'traces/day.txt') } }];
  expect(() => parseWorkload({ name: 'x', arrivals }, defaults)).toThrow(
    'workload: arrivals.0.rate.perS: expected a list of rates in tasks/s, one a second, got nothing; ' +
      'arrivals.0.rate: unrecognised key "trace"; allowed: pattern, perS',
  );
});

describe('what is refused', () => {
  const rate = '{ pattern: steady, perS: 4 }';
  const phase = `{ name: x, durationS: 30, rate: ${rate} }`;

  test.each([
    { name: 'no mapping', text: '- 1\n', says: 'expected a section with the keys name, description' },
    { name: 'not YAML', text: 'name: [', says: 'not valid YAML' },
    { name: 'a key twice', text: 'name: a\nname: b\n', says: 'Map keys must be unique' },
    {
      name: 'no name',
      text: `arrivals: [${phase}]`,
      says: 'name: expected a text of 1 to 100 characters, got nothing',
    },
    { name: 'no arrivals', text: 'name: x', says: 'arrivals: expected a list of phases, got nothing' },
    { name: 'no phases', text: 'name: x\narrivals: []', says: 'arrivals: expected at least one phase, got []' },
    {
      name: 'a misspelt key',
      text: `name: x\narivals: [${phase}]`,
      says: 'unrecognised key "arivals"; allowed: name, description, kind, control, arrivals, emission, service',
    },
    {
      name: 'a control that is no section',
      text: `name: x\ncontrol: fast\narrivals: [${phase}]`,
      says: 'control: expected a section with the keys stepDurationS, observationWindowS, initialWorkers, maxSteps, got "fast"',
    },
    {
      name: 'too many workers',
      text: `name: x\ncontrol: { initialWorkers: 33 }\narrivals: [${phase}]`,
      says: 'control.initialWorkers: expected a whole number of workers from 1 to 32, got 33',
    },
    {
      name: 'an unknown pattern',
      text: 'name: x\narrivals: [{ name: x, durationS: 3, rate: { pattern: wavy } }]',
      says: 'arrivals.0.rate.pattern: expected a rate with pattern steady, oscillation, ramp or trace, got "wavy"',
    },
    {
      name: 'a phase without a duration',
      text: `name: x\narrivals: [{ name: x, rate: ${rate} }]`,
      says: 'arrivals.0.durationS: expected a time in s over 0 and at most 86400, got nothing',
    },
    {
      name: 'an unknown kind',
      text: `name: x\nkind: video\narrivals: [${phase}]`,
      says: 'kind: expected one of image, calibrated, got "video"',
    },
    {
      name: 'more tasks than a plan may have',
      text: 'name: x\narrivals: [{ name: x, durationS: 86400, rate: { pattern: steady, perS: 100 } }]',
      says: 'arrivals: expected peak rates that make at most 500000 tasks, and these make up to 8640000',
    },
    {
      name: 'a trace that is not there',
      text: 'name: x\narrivals: [{ name: x, rate: { trace: traces/nigt.txt } }]',
      says: 'arrivals.0.rate.trace: cannot be read: ENOENT',
    },
    {
      name: 'a trace with a key too many',
      text: 'name: x\narrivals: [{ name: x, rate: { trace: traces/day.txt, mean: 5 } }]',
      says: 'arrivals.0.rate: unrecognised key "mean"; allowed: pattern, trace, meanPerS',
    },
    {
      name: 'a phase longer than its trace',
      text: 'name: x\narrivals: [{ name: x, durationS: 4, rate: { trace: traces/day.txt } }]',
      says: "arrivals.0.durationS: expected at most the trace's 3 s, got 4",
    },
    {
      name: 'sizes the wrong way round',
      text: `name: x\nservice: { minSizePx: 900, maxSizePx: 100 }\narrivals: [${phase}]`,
      says: 'service.minSizePx: expected at most maxSizePx, got 900',
    },
  ])('$name', ({ text, says }) => {
    const file = write('refused.yml', text);
    const error = refusal(file);
    expect(error.code).toBe('WORKLOAD_INVALID');
    expect(error.message).toContain(file);
    expect(error.message).toContain(says);
  });

  test('every mistake at once', () => {
    const file = write('two.yml', `name: ''\nkind: video\narrivals: [${phase}]`);
    expect(refusal(file).message).toMatch(/name: expected .*; kind: expected /);
  });

  test.each([
    {
      name: 'a word in a trace',
      text: '1\ntwo\n',
      says: 'line 2: expected a number of requests, 0 or more, got "two"',
    },
    {
      name: 'a negative number in a trace',
      text: '-1\n',
      says: 'line 1: expected a number of requests, 0 or more, got "-1"',
    },
    { name: 'a trace of nothing', text: '# nothing\n\n', says: 'expected at least one line with a number of requests' },
  ])('$name', ({ text, says }) => {
    const file = write('bad.txt', text);
    expect(refusal(file)).toMatchObject({ code: 'WORKLOAD_INVALID', message: `trace ${file}: ${says}` });
  });

  test('neither a name nor a file: the names are listed', () => {
    const error = refusal(join(folder, 'nowhere.yml'));
    expect(error.code).toBe('UNKNOWN_WORKLOAD');
    expect(error.message).toContain('there is no such file; the names are reference, reference-as-coded, quick');
  });

  test('a folder', () => {
    expect(refusal(folder)).toMatchObject({ code: 'WORKLOAD_INVALID' });
  });

  function refusal(nameOrFile: string): FarmhandError {
    try {
      loadWorkload(nameOrFile, defaults);
    } catch (error) {
      if (error instanceof FarmhandError) return error;
      throw error;
    }
    throw new Error(`${nameOrFile} was accepted`);
  }
});
