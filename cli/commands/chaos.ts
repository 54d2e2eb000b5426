import { Option } from 'commander';
import type { ChaosOptions } from '../../chaos/chaos.ts';
import type { StoreKind } from '../../chaos/farm/store.ts';
import type { AppendMode } from '../../chaos/redis/append-mode.ts';
import { positive, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

interface Options extends CommonOptions {
  readonly tasks: number;
  readonly faults: number;
  readonly seed?: string;
  readonly duration?: number;
  readonly only?: string;
  readonly aof: AppendMode;
  readonly store: StoreKind;
  readonly workers: number;
}

/** Elsewhere than in a terminal: a plain line this often. */
const LINE_EVERY_S = 10;

export function addChaos(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('chaos')
    .summary('break a farm in every way there is, and account for every task')
    .description(
      'Starts a farm of its own on this machine, with a Redis of its own, puts it under load, kills, freezes, cuts off and ' +
        'starves its processes, lets it finish, and accounts for every task: none lost, none twice, recovery p99 within 2 s. ' +
        'Exit code 1 when a promise was broken. docs/chaos.md lists the faults and what each may lose.',
    )
    .option('--tasks <n>', 'tasks to submit', wholeNumber(1, 1_000_000), 2_000)
    .option('--faults <n>', 'faults to inject; they overlap', wholeNumber(0, 1_000_000), 25)
    .option('--seed <text>', 'which schedule of faults; default: a new one')
    .option('--duration <seconds>', 'time to spread them over; default: as long as that many want', positive)
    .option('--only <kinds>', 'these kinds of faults, separated by commas; default: all')
    .addOption(
      new Option('--aof <mode>', "when Redis's writes are on disk; none: never")
        .choices(['always', 'everysec', 'none'])
        .default('always'),
    )
    .addOption(
      new Option('--store <kind>', 'one Redis, or a primary and a replica under Redis Sentinel')
        .choices(['single', 'replicated'])
        .default('single'),
    )
    .option('--workers <n>', 'workers that the autoscaler keeps', wholeNumber(2, 32), 8);
  runs(command, cli, async ({ options, output }: Request<[], Options>) => {
    const { runChaos } = await import('../../chaos/chaos.ts');
    const { chooseFaults } = await import('../../chaos/faults/catalogue.ts');
    const { progressLine, renderReport } = await import('../render/chaos.ts');
    const kinds = chooseFaults(options.only?.split(',').map((kind) => kind.trim()) ?? [], options.store);
    let nextLineAtS = 0;
    const chaos: ChaosOptions = {
      ...cli,
      tasks: options.tasks,
      faults: options.faults,
      kinds,
      seed:
        options.seed ??
        cli.rng
          .fork('chaos')
          .int(2 ** 31)
          .toString(),
      aof: options.aof,
      store: options.store,
      workers: options.workers,
      durationS: options.duration ?? null,
      onStep: (step) => output.say(`${step} ...`),
      onProgress(progress) {
        const line = progressLine(progress);
        if (output.live.isTerminal) output.live.draw([line]);
        else if (progress.elapsedS >= nextLineAtS) {
          nextLineAtS = progress.elapsedS + LINE_EVERY_S;
          output.say(line);
        }
      },
    };
    const report = await runChaos(chaos);
    output.say(['', ...renderReport(report)].join('\n'));
    output.result(report);
    return report.kept ? EXIT.ok : EXIT.workFailed;
  }).examples([
    ['farmhand chaos', 'every kind of fault once, in about half a minute'],
    ['farmhand chaos --tasks 100000 --faults 1000 --json', 'the long one'],
    ['farmhand chaos --store replicated', 'with failovers by Redis Sentinel'],
    ['farmhand chaos --aof everysec --only redis-killed --faults 20', 'what Redis may lose when it is killed'],
  ]);
}
