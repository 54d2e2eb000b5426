import type { FarmConfig } from '#shared/config.ts';
import type { DecideFigures } from '../../bench/decide.ts';
import type { LiveFigures } from '../../bench/live.ts';
import type { SimFigures } from '../../bench/sim.ts';
import type { TrainFigures } from '../../bench/train.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type FarmhandCommand } from '../farmhand-command.ts';
import { decimal } from '../format.ts';
import { renderPairs } from '../table.ts';
import { addBenchOnline } from './bench-online.ts';
import { addBenchOutage } from './bench-outage.ts';
import { addBenchPage } from './bench-page.ts';
import { addBenchQueue } from './bench-queue.ts';
import { addBenchShadow } from './bench-shadow.ts';
import { addBenchShards } from './bench-shards.ts';
import { addBenchShield } from './bench-shield.ts';
import { addBenchSoak } from './bench-soak.ts';

/** The measurements that need no farm take the configuration, and nothing of this machine but its clock. */
type Bench<Figures> = (options: {
  root: string;
  environment: Cli['environment'];
  config: FarmConfig;
  clock: Cli['clock'];
  signal: AbortSignal;
  onStep: (sentence: string) => void;
}) => Promise<Figures>;

export function addBench(program: FarmhandCommand, cli: Cli): void {
  const group = program
    .add('bench')
    .summary('measure the farm')
    .description('Measures the farm. Wants a quiet machine: what else runs is measured too.')
    .helpCommand(false)
    .examples([
      ['farmhand bench live', 'a real farm on this machine'],
      ['farmhand bench sim', 'how fast the simulated one is'],
    ]);
  addLive(group, cli);
  addBenchQueue(group, cli);
  addBenchShadow(group, cli);
  addBenchSoak(group, cli);
  addBenchOutage(group, cli);
  addBenchShards(group, cli);
  addOffline(group, cli, {
    name: 'sim',
    summary: 'speed of the simulator, beside another one',
    description:
      'Plays the reference workload on one core, and the same station by a simulator from npm. Half a minute.',
    load: async () => (await import('../../bench/sim.ts')).benchSim,
    render: renderSim,
  });
  addOffline(group, cli, {
    name: 'train',
    summary: 'time that each agent takes to train',
    description: 'Trains each agent as the train command does by default, on one core. A minute or two.',
    load: async () => (await import('../../bench/train.ts')).benchTrain,
    render: renderTrain,
  });
  addOffline(group, cli, {
    name: 'decide',
    summary: 'time of a decision, and how punctual it is',
    description:
      'Times steps of the control loop without its gateway: the queue is read from a Redis, rules and agents decide, the ' +
      'shield rules; and how late they come on an absolute axis, without and with a training beside them. A minute.',
    load: async () => (await import('../../bench/decide.ts')).benchDecide,
    render: renderDecide,
  });
  addBenchOnline(group, cli);
  addBenchShield(group, cli);
  addBenchPage(group, cli);
}

function addLive(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('live')
    .summary('memory, idle CPU and latencies of a real farm on this machine')
    .description(
      'Starts a farm of its own and measures it: memory of an idle worker, CPU of the idle farm at 32 workers, time from ' +
        'submission to start, time from a scale-up to the first claim, and what the gateway adds to a call. A few minutes.',
    );
  runs(command, cli, async ({ output }) => {
    const { benchLive } = await import('../../bench/live.ts');
    const figures = await benchLive({ ...cli, onStep: (step) => output.say(`${step} ...`) });
    output.say(['', ...renderFigures(figures)].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([['farmhand bench live --json', 'the figures for a program']]);
}

function addOffline<Figures extends object>(
  group: FarmhandCommand,
  cli: Cli,
  bench: {
    readonly name: string;
    readonly summary: string;
    readonly description: string;
    readonly load: () => Promise<Bench<Figures>>;
    readonly render: (figures: Figures) => string[];
  },
): void {
  const command = group.add(bench.name).summary(bench.summary).description(bench.description);
  runs(command, cli, async ({ output }) => {
    const { loadFarmSettings } = await import('../../local/farm-settings.ts');
    const measure = await bench.load();
    const { config } = loadFarmSettings(cli);
    const figures = await measure({ ...cli, config, onStep: (step) => output.say(`${step} ...`) });
    output.say(['', ...bench.render(figures)].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([[`farmhand bench ${bench.name} --json`, 'the figures for a program']]);
}

function renderSim({ envStepsPerS, tasksPerS, station, peer }: SimFigures): string[] {
  return renderPairs([
    ['environment steps', `${decimal(envStepsPerS, 0)} a second`],
    ['tasks', `${decimal(tasksPerS, 0)} a second`],
    ['a plain station, our kernel', `${decimal(station.eventsPerS, 0)} events a second`],
    ...(peer === null
      ? []
      : [[`the same by ${peer.name} ${peer.version}`, `${decimal(peer.eventsPerS, 0)} events a second`] as const]),
  ]);
}

function renderTrain({ agents }: TrainFigures): string[] {
  return renderPairs(
    agents.map(({ agent, episodes, seconds, updatesPerS }) => [
      agent,
      `${decimal(seconds)} s for ${episodes} episodes` +
        (updatesPerS > 0 ? `, ${decimal(updatesPerS, 0)} updates a second` : ''),
    ]),
  );
}

function renderDecide({ policies, p99Ms, jitterP99Ms, jitterAloneP99Ms }: DecideFigures): string[] {
  return renderPairs([
    ...policies.map((each) => {
      const { p99Ms: whole, medianMs, observeP99Ms, decideP99Ms, pingP99Ms } = each;
      const parts = `median ${decimal(medianMs, 3)}; observe ${decimal(observeP99Ms, 3)}, decide ${decimal(decideP99Ms, 3)}; a bare PING ${decimal(pingP99Ms, 3)}`;
      return [`step with ${each.policy}, p99`, `${decimal(whole, 3)} ms (${parts})`] as const;
    }),
    ['slowest, p99', `${decimal(p99Ms, 3)} ms`],
    ['lateness on the axis, p99', `${decimal(jitterAloneP99Ms, 2)} ms`],
    ['the same while a training runs', `${decimal(jitterP99Ms, 2)} ms`],
  ]);
}

export function renderFigures(figures: LiveFigures): string[] {
  const { workers, coldScaleUpP95Ms } = figures;
  return renderPairs([
    ['memory of an idle worker (PSS)', `${decimal(figures.pssPerIdleWorkerMB)} MB`],
    [`CPU of the idle farm, ${workers} workers`, `${decimal(figures.idleCpuPercent, 2)} % of a core`],
    ['submission to start, p99', `${decimal(figures.enqueueToStartP99Ms)} ms`],
    ['scale-up to first claim, one worker, p95', `${decimal(coldScaleUpP95Ms.one, 0)} ms`],
    ['scale-up to first claim, eight at once, p95', `${decimal(coldScaleUpP95Ms.eight, 0)} ms`],
    ['added by the gateway, p50', `${decimal(figures.gatewayP50Ms, 2)} ms`],
  ]);
}
