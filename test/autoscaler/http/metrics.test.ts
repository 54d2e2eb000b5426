import { Registry } from 'prom-client';
import { beforeEach, expect, test } from 'vitest';
import { addMetrics } from '#autoscaler/http/metrics.ts';
import type { Autoscaler } from '#autoscaler/loop/autoscaler.ts';
import type { RunRecord } from '#autoscaler/run/service/run-record.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { startTestHttp } from '../support/http.ts';
import type { MemoryFarm } from '../support/memory-farm.ts';

let clock: VirtualClock;
let farm: MemoryFarm;
let autoscaler: Autoscaler;
let registry: Registry;
let kept: Pick<RunRecord, 'state'>[];

async function start(options: { blind?: boolean } = {}): Promise<void> {
  clock = new VirtualClock();
  kept = [];
  ({ autoscaler, memory: farm } = await startTestHttp({ clock, stepDurationS: 8, ...options }));
  registry = new Registry();
  addMetrics(registry, { autoscaler, clock, runs: { list: async () => kept as RunRecord[] } });
}

beforeEach(() => start());

async function expectServed(...lines: string[]): Promise<void> {
  const text = await registry.metrics();
  for (const line of lines) expect(text).toContain(`farmhand_${line}\n`);
}

test('workers, decisions by outcome, verdicts and leadership', async () => {
  await clock.advance(24 * SECOND);
  await expectServed(
    'autoscaler_workers{state="granted"} 4',
    'autoscaler_replicas_clamped 0',
    'autoscaler_decisions_total{outcome="up"} 2',
    'autoscaler_decisions_total{outcome="noop"} 1',
    'autoscaler_leads 1',
    'autoscaler_step_duration_seconds 8',
    'autoscaler_step_phase_seconds_count{phase="observe"} 3',
  );
});

test('nothing is served of a farm that was not seen, and the age counts from the start', async () => {
  await start({ blind: true });
  await clock.advance(20 * SECOND);
  expect(await registry.metrics()).not.toMatch(/^farmhand_(?:autoscaler_workers|queue_length|autoscaler_qos_ratio)/m);
  await expectServed('autoscaler_observation_age_seconds 20', 'autoscaler_problem{part="queue"} 1');
});

test('the age of the last look grows while the gateway is away', async () => {
  await clock.advance(8 * SECOND);
  farm.gatewayMood = 'failing';
  await clock.advance(18 * SECOND);
  await expectServed('autoscaler_observation_age_seconds 18', 'autoscaler_problem{part="gateway"} 1');
});

test('runs by state, with a 0 for the states that no run is in', async () => {
  kept = [{ state: 'running' }, { state: 'done' }, { state: 'done' }];
  await expectServed(
    'autoscaler_runs{state="queued"} 0',
    'autoscaler_runs{state="running"} 1',
    'autoscaler_runs{state="done"} 2',
    'autoscaler_runs{state="failed"} 0',
    'autoscaler_runs{state="cancelled"} 0',
  );
});
