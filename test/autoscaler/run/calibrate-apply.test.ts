import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyCalibration } from '#autoscaler/run/calibrate/apply.ts';
import { loadConfig } from '#shared/config.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const fit = { a: 3.14159265e-8, b: 0.0071828182, rSquared: 0.99876543 };
const projectFile = readFileSync(new URL('../../../farm.yml', import.meta.url), 'utf8');

/** A farm.yml with this text, alone in its folder. */
function farmFile(text: string): string {
  const file = join(temporaryFolder(), 'farm.yml');
  writeFileSync(file, text);
  return file;
}

const read = (file: string) => readFileSync(file, 'utf8');
const imageModel = (file: string) => loadConfig(file, {}).workload.imageModel;

describe('applyCalibration', () => {
  test('changes the three numbers and no other character', async () => {
    const before = `# The farm.\nfarm:   'my-farm'   # its name\n
workload:
  seed: 7

  # What image tasks take on this machine.
  imageModel:
    a: 1.0e-7        # s/px²
    b: 0.005\t# s
    rSquared: 0.99

  phaseShuffle:   true\n`;
    const file = farmFile(before);
    await applyCalibration(file, fit);
    const after = read(file);
    expect(after).toBe(
      before
        .replace('1.0e-7', '3.1416e-8')
        .replace('0.005', '0.0071828')
        .replace('rSquared: 0.99', 'rSquared: 0.99877'),
    );
    expect(imageModel(file)).toEqual({ a: 3.1416e-8, b: 0.0071828, rSquared: 0.99877 });
  });

  test("works on the project's own farm.yml, and a second time", async () => {
    const file = farmFile(projectFile);
    await applyCalibration(file, fit);
    await applyCalibration(file, { ...fit, b: 0.009 });
    expect(imageModel(file)).toEqual({ a: 3.1416e-8, b: 0.009, rSquared: 0.99877 });
    const before = projectFile.split('\n');
    const changed = read(file)
      .split('\n')
      .filter((line, i) => line !== before[i]);
    expect(changed.map((line) => line.trim().split(':')[0])).toEqual(['a', 'b', 'rSquared']);
  });

  test.each([
    ['an empty file', ''],
    ['no workload', '# mine\nfarm: mine\n'],
    ['no image model', 'farm: mine\nworkload:\n  seed: 7 # lucky\n'],
    ['part of an image model', 'workload:\n  imageModel:\n    b: 0.1\n'],
    ['an image model on one line', 'workload: { imageModel: { a: 1e-7, b: 0.1, rSquared: 1 } }\n'],
  ])('adds what is missing and keeps comments: %s', async (_, text) => {
    const file = farmFile(text);
    await applyCalibration(file, fit);
    expect(imageModel(file)).toEqual({ a: 3.1416e-8, b: 0.0071828, rSquared: 0.99877 });
    const after = read(file);
    for (const comment of text.match(/#.*/g) ?? []) expect(after).toContain(comment);
  });

  test('a fit worse than none is recorded as 0', async () => {
    const file = farmFile('farm: mine\n');
    await applyCalibration(file, { ...fit, rSquared: -0.3 });
    expect(imageModel(file).rSquared).toBe(0);
  });

  test('keeps the mode, follows a link, and leaves no draft behind', async () => {
    const file = farmFile('farm: mine\n');
    chmodSync(file, 0o640);
    const linked = join(dirname(file), 'linked');
    mkdirSync(linked);
    symlinkSync(file, join(linked, 'farm.yml'));
    await applyCalibration(join(linked, 'farm.yml'), fit);
    expect(imageModel(file).a).toBe(3.1416e-8);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(dirname(file))).toEqual(['farm.yml', 'linked']);
    expect(readdirSync(linked)).toEqual(['farm.yml']);
  });

  test.each([
    ['not YAML', 'farm: [mine\n', 'not valid YAML'],
    ['invalid elsewhere', 'farm: mine\nworkload:\n  seed: soon\n', 'workload.seed'],
    ['an image model that is a number', 'workload:\n  imageModel: 3\n', 'workload.imageModel'],
  ])('refuses and changes nothing: %s', async (_, text, reason) => {
    const file = farmFile(text);
    const applying = applyCalibration(file, fit);
    await expect(applying).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(applying).rejects.toThrow(reason);
    expect(read(file)).toBe(text);
    expect(readdirSync(dirname(file))).toEqual(['farm.yml']);
  });

  test('says which file is not there, and makes none', async () => {
    const file = join(temporaryFolder(), 'farm.yml');
    await expect(applyCalibration(file, fit)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(file) as string,
    });
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  test('a fit that farm.yml would not take is refused', async () => {
    const file = farmFile('farm: mine\n');
    await expect(applyCalibration(file, { ...fit, a: -1e-9 })).rejects.toThrow('workload.imageModel.a');
    expect(read(file)).toBe('farm: mine\n');
  });
});
