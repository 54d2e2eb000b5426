import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FarmhandError } from '#shared/errors.ts';
import { projectNode } from '../../../support/project-node.ts';
import { createCatalogue } from '../../../../functions/worker/kinds/catalogue.ts';
import { isPermanent, PermanentError, type TaskKind } from '../../../../functions/worker/kinds/kind.ts';

const echo: TaskKind = { name: 'echo', run: async (task) => task.payload };

describe('the catalogue of task kinds', () => {
  test('has every shipped kind under its own name', async () => {
    const catalogue = createCatalogue();
    expect(catalogue.names).toEqual(expect.arrayContaining(['image', 'calibrated']));
    for (const name of catalogue.names) expect((await catalogue.find(name)).name).toBe(name);
  });

  test('loads a kind once, and only when it is asked for', async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      return echo;
    };
    const catalogue = createCatalogue({ echo: load });
    expect(loads).toBe(0);
    const [one, other] = await Promise.all([catalogue.find('echo'), catalogue.find('echo')]);
    expect(one).toBe(other);
    expect(loads).toBe(1);
  });

  test('tries again after a load that failed', async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      if (loads === 1) throw new Error('disk asleep');
      return echo;
    };
    const catalogue = createCatalogue({ echo: load });
    await expect(catalogue.find('echo')).rejects.toThrow('disk asleep');
    expect(await catalogue.find('echo')).toBe(echo);
  });

  test.each(['nonsense', 'constructor', ''])(
    'refuses the unknown kind "%s" for good and lists the known',
    async (name) => {
      const finding = createCatalogue({ echo: async () => echo, other: async () => echo }).find(name);
      await expect(finding).rejects.toBeInstanceOf(PermanentError);
      await expect(finding).rejects.toThrow(`no task kind "${name}"; the kinds are echo, other`);
    },
  );

  test('keeps sharp out of a worker that runs no image task', async () => {
    const program = `
      import { createCatalogue } from ${JSON.stringify(import.meta.resolve('../../../../functions/worker/kinds/catalogue.ts'))};
      const holdsSharp = () => process.report.getReport().sharedObjects.some((file) => file.includes('sharp'));
      const catalogue = createCatalogue();
      await catalogue.find('calibrated');
      const before = holdsSharp();
      await catalogue.find('image');
      console.log(JSON.stringify([before, holdsSharp()]));`;
    const { stdout } = await promisify(execFile)(projectNode, ['--input-type=module', '-e', program]);
    expect(JSON.parse(stdout)).toEqual([false, true]);
  });
});

describe('isPermanent', () => {
  test.each([
    ['a PermanentError', new PermanentError('bad.jpg: corrupt'), true],
    ['a blob that is gone', new FarmhandError('BLOB_GONE', 'blob of task 1 expired'), true],
    ['Redis away', new FarmhandError('REDIS_UNREACHABLE', 'no answer'), false],
    ['a defect', new TypeError('undefined is not a function'), false],
    ['something thrown that is no error', 'oops', false],
  ])('%s', (_, error, permanent) => {
    expect(isPermanent(error)).toBe(permanent);
  });
});
