import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, loadSecrets, parseConfig, processEnvironment, type Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';

const parse = (text: string, environment: Environment = {}) => parseConfig(text, { file: 'farm.yml', environment });

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(FarmhandError);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as FarmhandError).message;
  }
  throw new Error('it was accepted');
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file that leaves everything out is all defaults', () => {
  test.each([
    { name: 'an empty file', text: '' },
    { name: 'comments only', text: '# nothing yet\n' },
    { name: 'a section with nothing in it', text: 'control:\nqueue:\n' },
    { name: 'an agent with nothing in it', text: 'agents:\n  sarsa:\n' },
  ])('$name', ({ text }) => {
    expect(parse(text)).toEqual(parse('{}'));
  });
});

describe('each kind of bad value is named by key, value and what is allowed', () => {
  test.each([
    {
      name: 'a text for a number',
      text: 'control: { stepDurationS: soon }',
      says: 'control.stepDurationS: expected a time in s over 0, got "soon"',
    },
    {
      name: 'zero where it must be over 0',
      text: 'control: { stepDurationS: 0 }',
      says: 'control.stepDurationS: expected a time in s over 0, got 0',
    },
    {
      name: 'infinity',
      text: 'control: { stepDurationS: .inf }',
      says: 'control.stepDurationS: expected a time in s over 0, got Infinity',
    },
    {
      name: 'no number',
      text: 'control: { stepDurationS: .nan }',
      says: 'control.stepDurationS: expected a time in s over 0, got NaN',
    },
    {
      name: 'null where there must be a value',
      text: 'control: { stepDurationS: null }',
      says: 'control.stepDurationS: expected a time in s over 0, got null',
    },
    {
      name: 'a time over its limit',
      text: 'control: { observationWindowS: 121 }',
      says: 'control.observationWindowS: expected a time in s over 0 and at most 120, got 121',
    },
    {
      name: 'a fraction for a whole number',
      text: 'control: { maxWorkers: 2.5 }',
      says: 'control.maxWorkers: expected a whole number of workers from 1 to 32, got 2.5',
    },
    {
      name: 'a whole number over its range',
      text: 'control: { maxWorkers: 33 }',
      says: 'control.maxWorkers: expected a whole number of workers from 1 to 32, got 33',
    },
    {
      name: 'a negative share',
      text: 'reward: { targetQos: -0.1 }',
      says: 'reward.targetQos: expected a share from 0 to 1, got -0.1',
    },
    {
      name: 'a per cent for a share',
      text: 'reward: { targetQos: 95 }',
      says: 'reward.targetQos: expected a share from 0 to 1, got 95',
    },
    {
      name: 'an unknown word',
      text: 'logLevel: loud',
      says: 'logLevel: expected one of debug, info, warn, error, silent, got "loud"',
    },
    {
      name: 'yes, which YAML 1.2 takes for a text',
      text: 'workload: { phaseShuffle: yes }',
      says: 'workload.phaseShuffle: expected true or false, got "yes"',
    },
    {
      name: 'a name with a brace, which would move Redis keys',
      text: 'farm: "{x}"',
      says: 'farm: expected a name of 1 to 40 of a-z 0-9 -, got "{x}"',
    },
    {
      name: 'another protocol',
      text: 'gateway: { url: "ftp://gateway" }',
      says: 'gateway.url: expected an http or https URL, got "ftp://gateway"',
    },
    {
      name: 'a relative folder',
      text: 'emitter: { imageRoots: [data] }',
      says: 'emitter.imageRoots.0: expected a list of absolute paths of folders, got "data"',
    },
    {
      name: 'a list that is too short',
      text: 'agents: { sarsa: { bins: [1, 2] } }',
      says: 'agents.sarsa.bins: expected a list of nine whole numbers from 1 to 64, one an observation, got [1,2]',
    },
    {
      name: 'one bad item of a list',
      text: 'agents: { dqn: { hiddenLayers: [128, 0] } }',
      says: 'agents.dqn.hiddenLayers.1: expected a list of 1 to 8 whole numbers from 1 to 4096, got 0',
    },
    {
      name: 'a number for a section',
      text: 'deadline: 5',
      says: 'deadline: expected a section with the keys coefficient, floorS, capS, got 5',
    },
    {
      name: 'a list for a section',
      text: 'deadline: [5]',
      says: 'deadline: expected a section with the keys coefficient, floorS, capS, got [5]',
    },
    {
      name: 'a list for the whole file',
      text: '- deadline',
      says: 'the document: expected a section with the keys farm, logLevel, control,',
    },
    {
      name: 'a misspelt key',
      text: 'deadline: { capSeconds: 5 }',
      says: 'deadline: unrecognised key "capSeconds"; allowed: coefficient, floorS, capS',
    },
    {
      name: 'a misspelt section',
      text: 'controll: {}',
      says: 'the document: unrecognised key "controll"; allowed: farm, logLevel, control,',
    },
    {
      name: 'a phase without its rate',
      text: 'workload: { phases: [{ name: x, pattern: steady, durationS: 5 }] }',
      says: 'workload.phases.0.multiplier: expected a factor over 0, got nothing',
    },
    {
      name: 'a phase of an unknown pattern',
      text: 'workload: { phases: [{ name: x, pattern: wavy, durationS: 5, multiplier: 1 }] }',
      says: 'workload.phases.0.pattern: expected a phase with pattern steady, oscillation_slow or oscillation_fast, got "wavy"',
    },
    {
      name: 'an oscillation without cycles',
      text: 'workload: { phases: [{ name: x, pattern: oscillation_slow, durationS: 5, multiplier: 1, oscillationMin: 0.5, oscillationMax: 2 }] }',
      says: 'workload.phases.0.oscillationCycles: expected a number of cycles over 0, got nothing',
    },
    {
      name: 'an oscillation upside down',
      text: 'workload: { phases: [{ name: x, pattern: oscillation_fast, durationS: 5, multiplier: 1, oscillationMin: 2, oscillationMax: 1, oscillationCycles: 1 }] }',
      says: 'workload.phases.0.oscillationMin: expected at most oscillationMax, got 2',
    },
    {
      name: 'a steady phase that oscillates',
      text: 'workload: { phases: [{ name: x, pattern: steady, durationS: 5, multiplier: 1, oscillationMin: 0.5 }] }',
      says: 'workload.phases.0: unrecognised key "oscillationMin"; allowed: name, multiplier, durationS, pattern',
    },
    {
      name: 'no phases',
      text: 'workload: { phases: [] }',
      says: 'workload.phases: expected a list of 1 to 1000 phases, got []',
    },
    {
      name: 'a rate that makes too many tasks',
      text: 'workload: { baseRatePerMin: 1e9 }',
      says: 'workload.baseRatePerMin: expected a rate at which the phases make at most 500000 tasks, got 1000000000',
    },
    {
      name: 'a long value, which is cut',
      text: `farm: ${'x'.repeat(200)}`,
      says: `farm: expected a name of 1 to 40 of a-z 0-9 -, got "${'x'.repeat(76)}...`,
    },
  ])('$name', ({ text, says }) => {
    expect(refusal(() => parse(text))).toContain(`farm.yml: ${says}`);
  });
});

describe('rules between keys', () => {
  test.each([
    {
      name: 'fewest over most workers',
      text: 'control: { minWorkers: 9, maxWorkers: 3 }',
      says: 'control.minWorkers: expected at most maxWorkers (3), got 9',
    },
    {
      name: 'a default that no longer fits',
      text: 'control: { minWorkers: 4 }',
      says: 'control.initialWorkers: expected minWorkers to maxWorkers (4 to 32), got the default 1',
    },
    {
      name: 'sizes',
      text: 'workload: { minSizePx: 5000 }',
      says: 'workload.minSizePx: expected at most maxSizePx, got 5000',
    },
    { name: 'deadlines', text: 'deadline: { floorS: 40 }', says: 'deadline.floorS: expected at most capS, got 40' },
    {
      name: 'blobs',
      text: 'queue: { maxBlobTotalBytes: 2048 }',
      says: 'queue.maxBlobBytes: expected at most maxBlobTotalBytes, got the default 67108864',
    },
    {
      name: 'exploration of SARSA',
      text: 'agents: { sarsa: { epsilonMin: 0.5 } }',
      says: 'agents.sarsa.epsilonMin: expected at most epsilon, got 0.5',
    },
    {
      name: 'exploration of DQN',
      text: 'agents: { dqn: { epsilonEnd: 0.9 } }',
      says: 'agents.dqn.epsilonEnd: expected at most epsilonStart, got 0.9',
    },
    {
      name: 'batch and memory',
      text: 'agents: { dqn: { replayCapacity: 10 } }',
      says: 'agents.dqn.batchSize: expected at most replayCapacity, got the default 64',
    },
  ])('$name', ({ text, says }) => {
    expect(refusal(() => parse(text))).toBe(`farm.yml: ${says}`);
  });
});

test('every mistake is named at once', () => {
  expect(refusal(() => parse('logLevel: loud\ncontrol: { minWorkers: 0 }\nqueue: { leaseS: 0.5 }'))).toBe(
    'farm.yml: logLevel: expected one of debug, info, warn, error, silent, got "loud"; ' +
      'control.minWorkers: expected a whole number of workers from 1 to 32, got 0; ' +
      'queue.leaseS: expected a time in s, 1 or more, got 0.5',
  );
});

describe('what is not YAML', () => {
  test.each([
    { name: 'an open bracket', text: 'control: [', says: 'at line 1, column 11' },
    { name: 'a tab for indentation', text: 'control:\n\tminWorkers: 1', says: 'line 2' },
    { name: 'a key twice', text: 'farm: a\nlocal: {}\nfarm: b', says: 'Map keys must be unique at line 3, column 1' },
    {
      name: 'a key twice in a section',
      text: 'local:\n  port: 1\n  port: 2',
      says: 'Map keys must be unique at line 3',
    },
    { name: 'an unknown tag', text: 'farm: !secret x', says: 'Unresolved tag: !secret at line 1, column 7' },
    { name: 'two documents', text: 'farm: a\n---\nfarm: b', says: 'multiple documents' },
    { name: 'aliases that blow up', text: bomb(), says: 'Excessive alias count' },
  ])('$name', ({ text, says }) => {
    const message = refusal(() => parse(text));
    expect(message).toMatch(/^farm\.yml: not valid YAML: /);
    expect(message).toContain(says);
    expect(message).not.toContain('\n');
  });

  function bomb(): string {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}*l${i}]`);
    return ['l0: &l0 [x]', ...levels].join('\n');
  }
});

describe('the environment', () => {
  test.each([
    {
      name: 'a number',
      variable: 'FARM_CONTROL_STEPDURATIONS',
      text: '2',
      key: ['control', 'stepDurationS'],
      value: 2,
    },
    {
      name: 'a nested key',
      variable: 'FARM_AGENTS_DQN_GAMMA',
      text: '0.9',
      key: ['agents', 'dqn', 'gamma'],
      value: 0.9,
    },
    {
      name: 'null',
      variable: 'FARM_AGENTS_DQN_REWARDCLIP',
      text: 'null',
      key: ['agents', 'dqn', 'rewardClip'],
      value: null,
    },
    {
      name: 'nothing, which is null',
      variable: 'FARM_LOCAL_MAXREPLICAS',
      text: '',
      key: ['local', 'maxReplicas'],
      value: null,
    },
    {
      name: 'a list',
      variable: 'FARM_EMITTER_IMAGEROOTS',
      text: '[/a, /b]',
      key: ['emitter', 'imageRoots'],
      value: ['/a', '/b'],
    },
    { name: 'a text', variable: 'FARM_GATEWAY_URL', text: 'http://g:1', key: ['gateway', 'url'], value: 'http://g:1' },
    { name: 'a text that looks like a number', variable: 'FARM_FARM', text: '2026', key: ['farm'], value: '2026' },
    {
      name: 'a yes or no',
      variable: 'FARM_WORKLOAD_PHASESHUFFLE',
      text: 'true',
      key: ['workload', 'phaseShuffle'],
      value: true,
    },
  ])('sets $name', ({ variable, text, key, value }) => {
    expect(parse('', { [variable]: text })).toHaveProperty(key, value);
  });

  test('stands over the file, and leaves the rest of the section', () => {
    const config = parse('control: { stepDurationS: 3, maxSteps: 7 }', { FARM_CONTROL_STEPDURATIONS: '2' });
    expect(config.control).toMatchObject({ stepDurationS: 2, maxSteps: 7 });
  });

  test.each([
    { name: 'a section that the file has commented out', text: 'control:' },
    { name: 'an empty file', text: '' },
  ])('sets keys of $name', ({ text }) => {
    expect(parse(text, { FARM_CONTROL_STEPDURATIONS: '2' }).control.stepDurationS).toBe(2);
  });

  test('says nothing by names that are not ours, or that say where things are', () => {
    const environment = {
      PATH: '/bin',
      farm_control_steps: '1',
      FARMHAND_X: '1',
      FARM_SECRETS_DIR: '/a',
      FARM_FILE: '/b',
      FARM_FUNCTION: 'worker-2',
      FARM_INSTANCE: 'w',
      FARM_STATE_DIR: '/c',
    };
    expect(parse('', environment)).toEqual(parse(''));
  });

  test.each([
    {
      name: 'a value that the key does not allow, and who set it',
      environment: { FARM_CONTROL_STEPDURATIONS: 'soon' },
      says: 'farm.yml: control.stepDurationS: expected a time in s over 0, got "soon" (set by FARM_CONTROL_STEPDURATIONS)',
    },
    {
      name: 'an empty text',
      environment: { FARM_FARM: '' },
      says: 'farm.yml: farm: expected a name of 1 to 40 of a-z 0-9 -, got "" (set by FARM_FARM)',
    },
    {
      name: 'an item of a list',
      environment: { FARM_EMITTER_IMAGEROOTS: '[a]' },
      says: 'farm.yml: emitter.imageRoots.0: expected a list of absolute paths of folders, got "a" (set by FARM_EMITTER_IMAGEROOTS)',
    },
    {
      name: 'broken YAML',
      environment: { FARM_CONTROL_STEPDURATIONS: '[1' },
      says: 'FARM_CONTROL_STEPDURATIONS: not a YAML value: Flow sequence',
    },
    {
      name: 'an unknown key of a section, beside those that there are',
      environment: { FARM_DEADLINE_CAP: '3' },
      says: 'FARM_DEADLINE_CAP: no key of farm.yml has this name; under FARM_DEADLINE are FARM_DEADLINE_COEFFICIENT, FARM_DEADLINE_FLOORS, FARM_DEADLINE_CAPS',
    },
    {
      name: 'an unknown section, beside those that there are',
      environment: { FARM_DEADLINES_CAPS: '3' },
      says: 'FARM_DEADLINES_CAPS: no key of farm.yml has this name; sections and keys begin with FARM_FARM, FARM_LOGLEVEL, FARM_CONTROL,',
    },
    {
      name: 'a whole section',
      environment: { FARM_DEADLINE: '{ capS: 3 }' },
      says: 'FARM_DEADLINE: no key of farm.yml has this name; under FARM_DEADLINE are',
    },
    {
      name: 'an item of a list by its number',
      environment: { FARM_WORKLOAD_PHASES_0: '{}' },
      says: 'FARM_WORKLOAD_PHASES_0: no key of farm.yml has this name; under FARM_WORKLOAD are',
    },
    {
      name: 'lower case in the key',
      environment: { FARM_control_minWorkers: '2' },
      says: 'FARM_control_minWorkers: no key of farm.yml has this name',
    },
  ])('is refused: $name', ({ environment, says }) => {
    expect(refusal(() => parse('', environment))).toContain(says);
  });

  test('cannot hide a section of the file that is none', () => {
    expect(refusal(() => parse('control: 5', { FARM_CONTROL_STEPDURATIONS: '2' }))).toContain(
      'control: expected a section',
    );
  });

  test("is the process's own when none is given", () => {
    expect(processEnvironment()).toHaveProperty('PATH');
  });
});

describe('loadConfig', () => {
  test('reads a file', () => {
    const file = join(folder, 'farm.yml');
    writeFileSync(file, 'farm: mine\n');
    expect(loadConfig(file, {}).farm).toBe('mine');
  });

  test('says which file cannot be read, and why', () => {
    const file = join(folder, 'none.yml');
    expect(refusal(() => loadConfig(file, {}))).toContain(`${file}: cannot be read: ENOENT`);
  });
});

describe('secrets', () => {
  test('are files, without the line break at their end; absent ones are null', () => {
    writeFileSync(join(folder, 'farm-token'), 't0ken\n');
    writeFileSync(join(folder, 'redis-url'), 'redis://:pw@host:6379');
    expect(loadSecrets({ FARM_SECRETS_DIR: folder, REDIS_URL: 'redis://other' })).toEqual({
      redisUrl: 'redis://:pw@host:6379',
      farmToken: 't0ken',
      gatewayUser: null,
      gatewayPassword: null,
    });
  });

  test('REDIS_URL stands in where there is no file', () => {
    expect(loadSecrets({ FARM_SECRETS_DIR: join(folder, 'none'), REDIS_URL: 'redis://host' })).toEqual({
      redisUrl: 'redis://host',
      farmToken: null,
      gatewayUser: null,
      gatewayPassword: null,
    });
  });

  test('that are empty are refused: they would open the farm', () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    writeFileSync(join(empty, 'farm-token'), '\n');
    expect(refusal(() => loadSecrets({ FARM_SECRETS_DIR: empty }))).toBe(
      `secret ${join(empty, 'farm-token')}: is empty; write it or delete the file`,
    );
  });

  test('that cannot be read are refused, and never taken for absent', () => {
    // A folder in the place of the file: nobody can read it, not even root.
    const closed = mkdtempSync(join(folder, 'closed-'));
    mkdirSync(join(closed, 'farm-token'));
    expect(refusal(() => loadSecrets({ FARM_SECRETS_DIR: closed }))).toBe(
      `secret ${join(closed, 'farm-token')}: cannot be read: EISDIR; check its owner and mode`,
    );
  });
});
