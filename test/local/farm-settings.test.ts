import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '#shared/config.ts';
import { describe, expect, it } from 'vitest';
import { loadFarmSettings } from '../../local/farm-settings.ts';
import { tinyProject } from '../support/tiny-project.ts';

describe('the hash of the settings', () => {
  it.each<[string, boolean, (root: string) => Environment]>([
    ['nothing', true, () => ({})],
    ['a comment in farm.yml', true, (root) => edit(root, 'farm.yml', (text) => `${text}# a comment\n`)],
    ['where the state is', true, () => ({ FARM_STATE_DIR: '/elsewhere' })],
    ['a key of farm.yml', false, (root) => edit(root, 'farm.yml', (text) => `${text}control: { stepDurationS: 3 }\n`)],
    ['an override', false, () => ({ FARM_CONTROL_STEPDURATIONS: '3' })],
    ['an override that says the default', true, () => ({ FARM_CONTROL_STEPDURATIONS: '10' })],
    ['stack.yml', false, (root) => edit(root, 'stack.yml', (text) => text.replace('image: tiny', 'image: tiny:2'))],
    ['REDIS_URL', false, () => ({ REDIS_URL: 'redis://elsewhere' })],
  ])('after a change of %s is the same: %s', (_, same, change) => {
    const root = tinyProject();
    const before = loadFarmSettings({ root, environment: {} }).hash;
    const environment = change(root);
    expect(loadFarmSettings({ root, environment }).hash === before).toBe(same);
  });
});

it('takes a FARM_STATE_DIR that is set to nothing for none', () => {
  const root = tinyProject();
  expect(loadFarmSettings({ root, environment: { FARM_STATE_DIR: '' } }).state.path).toBe(
    loadFarmSettings({ root, environment: {} }).state.path,
  );
});

it('hands the overrides of farm.yml to the functions, and no names of places', () => {
  const environment = {
    FARM_CONTROL_STEPDURATIONS: '3',
    FARM_STATE_DIR: '/state',
    FARM_SECRETS_DIR: '/secrets',
    FARM_FUNCTION: 'f',
    FARM_INSTANCE: 'f-1',
    PATH: '/bin',
  };
  expect(loadFarmSettings({ root: tinyProject(), environment }).overrides).toEqual({ FARM_CONTROL_STEPDURATIONS: '3' });
});

it('reads another farm.yml where FARM_FILE names one, and tells the functions', () => {
  const root = tinyProject();
  copyFileSync(join(root, 'farm.yml'), join(root, 'other.yml'));
  appendFileSync(join(root, 'other.yml'), 'farm: other\n');
  const settings = loadFarmSettings({ root, environment: { FARM_FILE: 'other.yml' } });
  expect(settings.config.farm).toBe('other');
  expect(settings.overrides).toEqual({ FARM_FILE: join(root, 'other.yml') });
});

it('names what cannot be used', () => {
  const root = tinyProject();
  writeFileSync(join(root, 'farm.yml'), 'control: { minWorkers: 0 }\n');
  expect(() => loadFarmSettings({ root, environment: {} })).toThrow(/farm\.yml.*control\.minWorkers.*got 0/);
});

function edit(root: string, name: string, change: (text: string) => string): Environment {
  const file = join(root, name);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return {};
}
