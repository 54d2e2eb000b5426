import { SECOND } from '#shared/clock.ts';
import { recoveries, type KnownClaim } from './check/recovery.ts';
import { checkTotalQueue, type TotalQueueVerdict } from './check/total-queue.ts';
import type { FarmUnderTest } from './farm/farm-under-test.ts';
import type { Load } from './farm/load.ts';
import { NO_WORKER } from './farm/pool-watch.ts';
import { leftIn, type Watch } from './farm/watch.ts';
import type { Fault } from './faults/fault.ts';
import type { Injected } from './injector.ts';
import { Effects } from './instrument/effects.ts';
import { readLedgers, type LedgerEntry, type ProcessLedger } from './instrument/ledger.ts';
import { POISON } from './instrument/poison.ts';
import { faultRows, percentile, RECOVERY_LIMIT_MS, slowest, type ChaosReport } from './report.ts';
import type { Timeline } from './timeline.ts';

/** Everything that is left of a run once the farm has finished. */
export interface Evidence {
  readonly farm: FarmUnderTest;
  readonly load: Load;
  readonly timeline: Timeline;
  readonly watch: Watch;
  readonly injected: Injected;
  readonly kinds: readonly Fault[];
  readonly seed: string;
  readonly poisonous: number;
  /** Of the load, ms since 1970. */
  readonly startedAt: number;
  readonly elapsedS: number;
}

/** Accounts for every task, and says which promises were broken. */
export async function judge(evidence: Evidence): Promise<ChaosReport> {
  const { farm, load, timeline, watch, injected, kinds } = evidence;
  await watch.output.readAll();
  const { endings } = watch.output;
  const verdict = checkTotalQueue({
    submissions: load.submissions,
    endings,
    held: await heldIds(evidence),
    lossWindows: timeline.lossWindows,
  });
  const ledgers = readLedgers(farm.instrument.ledgers);
  const poisonings = entriesOf(ledgers, 'crashed').filter(({ point }) => point === POISON);
  const poisonDeaths = poisonings.map(({ pid, at }) => ({ kind: 'poison-task', pid, at }));
  const silences = [...timeline.silences, ...poisonDeaths];
  const samples = recoveries({ claims: claimsOf(ledgers), silences, outages: timeline.outages });
  const finishes = entriesOf(ledgers, 'finished');
  const recoveryP99Ms = percentile(samples, 0.99);
  const left = leftIn(await watch.queue.observer.read(SECOND));
  const broken = [
    ...brokenByQueue(verdict),
    ...brokenByEffects(evidence),
    ...brokenByDeaths(evidence),
    ...(left > 0 ? [`${left} tasks or messages are still in the farm, and nothing moves`] : []),
    ...((recoveryP99Ms ?? 0) > RECOVERY_LIMIT_MS
      ? [`recovery p99 is ${Math.round(recoveryP99Ms ?? 0)} ms; at most ${RECOVERY_LIMIT_MS} ms are promised`]
      : []),
    ...injected.failures.map((failure) => `a fault could not be injected: ${failure}`),
  ];
  return {
    kept: broken.length === 0,
    broken,
    ...verdict,
    faults: Object.fromEntries(injected.counts),
    recoveryP99Ms,
    afterDeathP99Ms: percentile(samples, 0.99, ({ afterDeathMs }) => afterDeathMs),
    slowest: slowest(samples, evidence.startedAt),
    claimed: entriesOf(ledgers, 'claimed').length,
    executed: entriesOf(ledgers, 'executed').length,
    finished: finishes.filter(({ accepted }) => accepted).length,
    fenced: finishes.filter(({ accepted }) => !accepted).length,
    poisonous: evidence.poisonous,
    noWorkerS: noWorkerMs(timeline) / SECOND,
    workerProcesses: ledgers.length,
    seed: evidence.seed,
    aof: farm.aof,
    store: farm.store.kind,
    workers: farm.workers,
    durationS: evidence.elapsedS,
    kinds: faultRows({ faults: kinds, counts: injected.counts, recoveries: samples, mode: farm.aof, verdict }),
  };
}

/** Asked of the farm one by one: there are few, and where each one is may be of interest. */
async function heldIds({ load, watch }: Evidence): Promise<Set<string>> {
  const ended = new Set(watch.output.endings.map(({ id }) => id));
  const held = new Set<string>();
  for (const { id } of load.submissions) {
    if (ended.has(id)) continue;
    if ((await watch.queue.archive.find(id)).state !== 'unknown') held.add(id);
  }
  return held;
}

function brokenByQueue(verdict: TotalQueueVerdict): string[] {
  const { lost, duplicated, unexpected, unfinished, withinBound, examples } = verdict;
  const say = (count: number, what: string, ids: readonly string[]): string[] =>
    count === 0 ? [] : [`${count} ${what}: ${ids.join(', ')}${count > ids.length ? ', ...' : ''}`];
  return [
    ...say(lost - withinBound.lost, 'tasks lost beyond every bound', examples.lost),
    ...say(duplicated - withinBound.duplicated, 'tasks with two endings beyond every bound', examples.duplicated),
    ...say(unexpected, 'endings of tasks that nobody submitted', examples.unexpected),
    ...(unfinished > 0 ? [`${unfinished} tasks did not come out`] : []),
  ];
}

/** A record says that the work was done: then its side effect is there, once and whole. */
function brokenByEffects({ farm, watch }: Evidence): string[] {
  const { whole, torn } = new Effects(farm.instrument.effects).read();
  const without = watch.output.endings.filter(({ id, kind }) => kind === 'record' && !whole.has(id));
  return [
    ...(torn.length > 0 ? [`${torn.length} side effects are torn: ${torn.slice(0, 5).join(', ')}`] : []),
    ...(without.length > 0
      ? [`${without.length} records without their side effect: ${without[0]?.id ?? ''}, ...`]
      : []),
  ];
}

/** Only what is poisonous dies, and all of it does. */
function brokenByDeaths({ watch }: Evidence): string[] {
  const letters = watch.output.endings.filter(({ kind }) => kind === 'letter');
  const innocent = letters.filter(({ id }) => !id.startsWith(POISON));
  const survived = watch.output.endings.filter(({ id, kind }) => kind === 'record' && id.startsWith(POISON));
  const first = innocent[0]?.id ?? '';
  return [
    ...(innocent.length > 0
      ? [`${innocent.length} ordinary tasks are dead letters: ${first} (${watch.output.errors.get(first) ?? ''}), ...`]
      : []),
    ...(survived.length > 0 ? [`${survived.length} poisonous tasks have a record`] : []),
  ];
}

function noWorkerMs({ outages }: Timeline): number {
  return outages.reduce((sum, { kind, from, to }) => (kind === NO_WORKER ? sum + to - from : sum), 0);
}

function entriesOf<What extends LedgerEntry['what']>(
  ledgers: readonly ProcessLedger[],
  what: What,
): (Extract<LedgerEntry, { what: What }> & { pid: number })[] {
  const isWanted = (entry: LedgerEntry): entry is Extract<LedgerEntry, { what: What }> => entry.what === what;
  return ledgers.flatMap(({ pid, entries }) => entries.filter(isWanted).map((entry) => ({ ...entry, pid })));
}

function claimsOf(ledgers: readonly ProcessLedger[]): KnownClaim[] {
  return entriesOf(ledgers, 'claimed');
}
