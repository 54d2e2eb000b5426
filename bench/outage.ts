import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { Autoscalers } from './outage/autoscalers.ts';
import { clientProcess } from './outage/client-process.ts';
import { countDoubleScaling, type Death } from './outage/double-scaling.ts';
import { outageFaults, type FaultyFarm, type OutageFault } from './outage/faults.ts';
import { startGatewayProxy, type Scaling } from './outage/gateway-proxy.ts';
import { openPage, type Page } from './outage/page.ts';
import type { OutagePlan } from './outage/plan.ts';
import { decisionsSince, isTroubled, logSince, type WitnessedDecision } from './outage/witness.ts';
import { startOwnFarm, type OwnFarm } from './own-farm.ts';
import { SoakAudit, type SoakOutcome } from './soak/audit.ts';
import { soakId } from './soak/load.ts';
import { SteadyLoad } from './steady-load.ts';

/** What `farmhand bench outage` prints; docs/outages.md says how it is measured. */
export interface OutageFigures extends SoakOutcome {
  readonly policy: string;
  readonly stepS: number;
  readonly rows: readonly OutageRow[];
  /** Requests for replicas by one autoscaler within a step of another living one's. */
  readonly doubleScaling: number;
}

export interface OutageRow {
  readonly fault: string;
  readonly lastedS: number;
  /** Changes of the number of workers while it lasted. */
  readonly scaledMeanwhile: number;
  /** From the fault's end to the first change of the workers; null: none came. */
  readonly stepsToResume: number | null;
  /** What was said until then: the page's banners, of each kind the last; */
  readonly page: readonly string[];
  /** the last decision that met with trouble, and the one that went on (null: there is none); */
  readonly held: string | null;
  readonly resumed: string | null;
  /** and the autoscalers' logs. */
  readonly log: readonly string[];
}

export interface OutageOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly plan: OutagePlan;
  /** One after another; default: all that there are. */
  readonly faults?: readonly OutageFault[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (sentence: string) => void;
}

/** After so long without a change of its workers a farm is given up on. */
const RESUMES_WITHIN_MS = 2 * MINUTE;
/** So long it may take until the workers are as many as the load needs. */
const SETTLES_WITHIN_MS = MINUTE;
const LOOK_MS = 250;
const AUTOSCALERS = 2;

/** Puts a farm of its own under a load that changes, and takes away from under it what it stands on, one thing after another. */
export async function benchOutage(options: OutageOptions): Promise<OutageFigures> {
  const { plan, faults = outageFaults(plan), clock, signal, onStep } = options;
  await using farm = await startOwnFarm({ ...options, settings: settingsOf(plan) });
  const autoscalers = new Autoscalers(farm, clock);
  await using proxy = await startGatewayProxy({
    ...{ gatewayUrl: farm.handle.url, clock, pidOf: (port) => clientProcess(port, autoscalers.pids) },
  });
  onStep(`puts ${AUTOSCALERS} autoscalers behind a gateway that can fail`);
  await autoscalers.deploy({ gatewayUrl: proxy.url, replicas: AUTOSCALERS });
  const load = new SteadyLoad({
    ...{ farm: farm.client, level: plan.high, serviceMs: plan.serviceMs, idOf: soakId, clock, onTrouble: onStep },
  });
  const over = new AbortController();
  const loading = load.run(AbortSignal.any([signal, over.signal]));
  const audit = new SoakAudit(farm.queue.archive);
  const bench = new OutageBench({ ...options, farm, proxy, autoscalers, load, page: await openPage(farm.client) });
  try {
    const rows: OutageRow[] = [];
    await bench.settle();
    for (const fault of faults) {
      onStep(fault.name);
      rows.push(await bench.suffer(fault));
      await bench.settle();
    }
    over.abort();
    await loading;
    onStep('waits for the last tasks');
    await audit.settle(load.accepted, clock);
    const doubleScaling = countDoubleScaling(proxy.scalings, { stepMs: plan.stepS * SECOND, deaths: bench.deaths });
    const { policy, stepS } = plan;
    return { policy, stepS, rows, doubleScaling, ...(await audit.close(load.accepted)) };
  } finally {
    over.abort();
    await loading.catch(() => undefined);
  }
}

function settingsOf({ policy, stepS }: OutagePlan): Record<string, string> {
  return {
    FARM_CONTROL_POLICY: policy,
    FARM_CONTROL_STEPDURATIONS: String(stepS),
    FARM_CONTROL_OBSERVATIONWINDOWS: String(stepS),
    FARM_CONTROL_MAXSCALINGSTEP: '31',
    // Every record is there at the end.
    FARM_QUEUE_RETAINRECORDS: '1000000',
  };
}

interface BenchParts extends OutageOptions, Omit<FaultyFarm, 'redisUrl'> {
  readonly farm: OwnFarm;
  readonly load: SteadyLoad;
  readonly page: Page;
}

/** The load is high, then low, in turns: with each fault it changes, so that there is something to scale for. */
class OutageBench {
  readonly deaths: Death[] = [];
  readonly #parts: BenchParts;
  readonly #stepMs: number;

  constructor(parts: BenchParts) {
    this.#parts = parts;
    this.#stepMs = parts.plan.stepS * SECOND;
  }

  async suffer(fault: OutageFault): Promise<OutageRow> {
    const { clock, farm } = this.#parts;
    const usual = new Set((await this.#parts.page.read()).keys());
    const resumed = new AbortController();
    const began = { atMs: clock.monotonic(), at: clock.farmTime() };
    const watching = this.#watchPage(usual, resumed.signal);
    try {
      this.#changeLoad();
      const killed = await fault.inject({ ...this.#parts, redisUrl: farm.handle.secrets.redisUrl });
      const ended = { atMs: clock.monotonic(), at: clock.farmTime() };
      if (killed !== null) this.deaths.push({ pid: killed, atMs: ended.atMs });
      if (fault.scalesOn) this.#changeLoad();
      const next = await this.#nextChange(ended.atMs);
      const decisions = await this.#decisions(began.at, (all) => all.some((one) => one.at >= ended.at && changed(one)));
      resumed.abort();
      return {
        fault: fault.name,
        lastedS: (ended.atMs - began.atMs) / SECOND,
        scaledMeanwhile: this.#changes.filter(({ atMs }) => atMs >= began.atMs && atMs < ended.atMs).length,
        stepsToResume: next === null ? null : (next.atMs - ended.atMs) / this.#stepMs,
        page: await watching,
        held: decisions.findLast(isTroubled)?.because ?? null,
        resumed: decisions.find((one) => one.at >= ended.at && changed(one))?.because ?? null,
        log: await logSince(farm, began.at),
      };
    } finally {
      resumed.abort();
      await watching;
    }
  }

  /** Resolves when the autoscaler, having seen a whole step of this load, wants no change. */
  async settle(): Promise<void> {
    const since = this.#parts.clock.farmTime() + this.#stepMs;
    await this.#decisions(since, (all) => all.some((one) => one.outcome === 'noop' && !isTroubled(one)));
  }

  #changeLoad(): void {
    const { load, plan } = this.#parts;
    load.level = load.level === plan.high ? plan.low : plan.high;
  }

  /** What the platform carried out and was not so before. */
  get #changes(): readonly Scaling[] {
    const { scalings } = this.#parts.proxy;
    return scalings.filter(({ granted }, i) => granted !== scalings[i - 1]?.granted);
  }

  async #nextChange(sinceMs: number): Promise<Scaling | null> {
    const { clock, signal } = this.#parts;
    const deadlineMs = sinceMs + RESUMES_WITHIN_MS;
    while (clock.monotonic() < deadlineMs) {
      const found = this.#changes.find(({ atMs }) => atMs >= sinceMs);
      if (found !== undefined) return found;
      await clock.sleep(LOOK_MS, signal);
      signal.throwIfAborted();
    }
    return null;
  }

  /** Those since then, once they are `enough`, or will not be any more. */
  async #decisions(
    since: number,
    enough: (all: readonly WitnessedDecision[]) => boolean,
  ): Promise<readonly WitnessedDecision[]> {
    const { clock, signal, farm } = this.#parts;
    const deadlineMs = clock.monotonic() + SETTLES_WITHIN_MS;
    for (;;) {
      const all = await decisionsSince(farm, since);
      if (enough(all) || clock.monotonic() > deadlineMs) return all;
      await clock.sleep(LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }

  async #watchPage(usual: ReadonlySet<string>, over: AbortSignal): Promise<readonly string[]> {
    const { clock, page } = this.#parts;
    const seen = new Map<string, string>();
    while (!over.aborted) {
      for (const [about, text] of await page.read()) if (!usual.has(about)) seen.set(about, text);
      await clock.sleep(LOOK_MS, over);
    }
    return [...seen.values()];
  }
}

const changed = ({ outcome }: WitnessedDecision): boolean => outcome === 'up' || outcome === 'down';
