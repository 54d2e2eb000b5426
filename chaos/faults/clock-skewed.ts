import { MINUTE } from '#shared/clock.ts';
import { NOTHING } from '../check/bounds.ts';
import { writeSkew } from '../instrument/clock-skew.ts';
import type { Fault } from './fault.ts';
import { pickProcess } from './pick.ts';

const FUNCTIONS = ['worker', 'worker', 'emitter', 'collector', 'autoscaler'] as const;

/** Every time that matters is Redis TIME: a process's own clock may say what it likes. The process keeps it until it ends. */
export const clockSkewed: Fault = {
  kind: 'clock-skewed',
  what: "a process's wall clock jumps by up to ten minutes, forwards or back, and stays there",
  bound: () => NOTHING,
  uses: [],
  async inject({ farm, rng }) {
    const fn = FUNCTIONS[rng.int(FUNCTIONS.length)] ?? 'worker';
    const pid = pickProcess(farm.processes, fn, rng);
    writeSkew(farm.instrument.skews, { pid, ms: Math.round((2 * rng.float() - 1) * 10 * MINUTE) });
    farm.processes.signal(pid, 'SIGUSR2');
  },
};
