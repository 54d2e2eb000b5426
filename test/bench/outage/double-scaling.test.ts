import { expect, it } from 'vitest';
import { countDoubleScaling } from '../../../bench/outage/double-scaling.ts';
import type { Scaling } from '../../../bench/outage/gateway-proxy.ts';

const by = (pid: number | null, atMs: number): Scaling => ({ atMs, pid, requested: 1, granted: 1 });
const STEP_MS = 1_000;

it.each([
  ['nobody scales', [], [], 0],
  ['one scales at each step', [by(1, 0), by(1, 1_000), by(1, 2_000)], [], 0],
  ['two take turns, a step apart', [by(1, 0), by(2, 1_000), by(1, 2_000)], [], 0],
  ['two in one step', [by(1, 0), by(2, 999)], [], 1],
  ['two in one step, with a third request in between', [by(1, 0), by(2, 500), by(2, 900)], [], 2],
  ['a successor soon after its leader died', [by(1, 0), by(2, 500)], [{ pid: 1, atMs: 100 }], 0],
  ['a leader that died after its rival had scaled', [by(1, 0), by(2, 500)], [{ pid: 1, atMs: 600 }], 1],
  ['somebody unknown', [by(1, 0), by(null, 10)], [], 1],
])('%s', (_name, scalings, deaths, expected) => {
  expect(countDoubleScaling(scalings, { stepMs: STEP_MS, deaths })).toBe(expected);
});
