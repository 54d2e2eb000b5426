import { farmProcesses } from '../../bench/live/processes.ts';
import { identify, signalProcess } from '../../local/process-identity.ts';

/** The farm's own processes, found and signalled from outside, as the machine's administrator or its kernel would. */
export interface FarmProcesses {
  /** Processes of one function that run now, in no order that means anything. */
  of(fn: string): readonly number[];
  /** False where it is gone already. */
  signal(pid: number, signal: NodeJS.Signals): boolean;
}

export function processesOf(daemonPid: number): FarmProcesses {
  return {
    of: (fn) =>
      farmProcesses(daemonPid)
        .filter(({ folder }) => folder === fn)
        .map(({ pid }) => pid),
    signal(pid, signal) {
      const identity = identify(pid);
      return identity !== null && signalProcess(identity, signal);
    },
  };
}
