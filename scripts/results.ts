import { availableParallelism } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from '#autoscaler/run/compare/compare.ts';
import { comparisonFigures } from '#autoscaler/run/compare/figures.ts';
import { simulatedEnvironments } from '#autoscaler/run/environments.ts';
import { renderFigure } from '#autoscaler/run/figure.ts';
import { scenarioFrom } from '#autoscaler/run/scenario.ts';
import { readRecordings } from '#autoscaler/run/validate/recordings.ts';
import { validate } from '#autoscaler/run/validate/validate.ts';
import { parseConfig } from '#shared/config.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { markdownTable, markdownValidation } from './results/markdown.ts';
import { tables, type ResultTable } from './results/tables.ts';

/**
 * `npm run results [-- RECORDINGS]`: plays every table of docs/results/reference.md anew and writes its Results section, and the
 * figures beside it. With the file of recorded episodes the validation is played too; without it that part stays as it is.
 * A few minutes; the same bytes each time.
 */

const SEED = 42;
const SEEDS = 1_000;
const REPLICATIONS = 100;

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'results', 'reference.md');
const modelsFolder = join(root, 'models');
const config = parseConfig('', { file: 'farm.yml', environment: {} });
const threads = availableParallelism();
const { signal } = new AbortController();

const sections: string[] = [
  `Made by \`npm run results\` with ${SEEDS} held-out seeds from ${SEED}, on the code that is committed with it.`,
];
for (const table of tables) {
  console.error(`${table.title} ...`);
  sections.push(await play(table));
}
replaceSection('results', sections.join('\n\n'));

const recordings = process.argv[2];
if (recordings !== undefined) {
  console.error('validation ...');
  replaceSection('validation', await validated(recordings));
}

async function play({ title, about, figure, policies, ...choices }: ResultTable): Promise<string> {
  const { phaseShuffle, ...scenarioChoices } = choices;
  const workload = { ...findWorkload(choices.workload, config), phaseShuffle };
  const scenario = scenarioFrom(config, {
    ...scenarioChoices,
    workload,
    profile: 'reference',
    actions: 'one',
    lateCost: null,
  });
  const settings = { scenario, seed: SEED, seeds: SEEDS, records: 0, policies: [...policies] };
  const { rows, played } = await compare(settings, {
    ...{ modelsFolder, environments: simulatedEnvironments, reusable: null, threads, signal },
  });
  const drawn = figure === null ? [] : [`![QoS against workers](../images/${figure}.png)`];
  if (figure !== null) {
    const spec = comparisonFigures(settings, played).find(([name]) => name === 'qos_against_workers')?.[1];
    if (spec === undefined) throw new Error('comparisonFigures draws no qos_against_workers');
    writeFileSync(join(root, 'docs', 'images', `${figure}.png`), (await renderFigure(spec)).png);
  }
  return [`### ${title}`, about, markdownTable(rows), ...drawn].join('\n\n');
}

async function validated(file: string): Promise<string> {
  const workload = findWorkload('reference-as-coded', config);
  const scenario = scenarioFrom(config, {
    ...{ workload, profile: 'reference', dispatch: 'fifo', actions: 'one', lateCost: null },
  });
  const validation = await validate({
    ...{ recordings: readRecordings(file), scenario, replications: REPLICATIONS, seed: SEED, seeds: SEEDS },
    ...{ modelsFolder, environments: simulatedEnvironments, threads, signal },
  });
  return markdownValidation(validation);
}

function replaceSection(name: string, text: string): void {
  const written = readFileSync(page, 'utf8');
  const begin = written.indexOf(`<!-- ${name}`);
  const from = written.indexOf('-->', begin) + '-->'.length;
  const to = written.indexOf(`<!-- /${name} -->`);
  if (begin < 0 || to < from) throw new Error(`${page}: no section ${name}`);
  writeFileSync(page, `${written.slice(0, from)}\n\n${text}\n\n${written.slice(to)}`);
}
