import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openTestFarm } from '../../support/farm.ts';
import { projectNode } from '../../support/project-node.ts';
import { until } from '../../support/until.ts';
import { startFakeGateway } from '../support/fake-gateway.ts';

const STEP_S = 3;

interface Candidate {
  readonly child: ChildProcess;
  decisions: number;
}

async function startCandidate(args: readonly string[]): Promise<Candidate> {
  const child = fork(join(import.meta.dirname, '../support/autoscaler-process.ts'), args, { execPath: projectNode });
  onTestFinished(() => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  });
  const candidate: Candidate = { child, decisions: 0 };
  await once(child, 'message');
  child.on('message', () => {
    candidate.decisions += 1;
  });
  return candidate;
}

test(
  'a leader that is stopped or killed is replaced, and one that wakes does not act',
  { timeout: 120_000 },
  async () => {
    const farm = await openTestFarm();
    onTestFinished(() => farm.close());
    const gateway = await startFakeGateway({ replicas: 3 });
    onTestFinished(() => gateway.stop());
    const control = (policy: string): string => JSON.stringify({ policy, stepDurationS: STEP_S });
    const shared = [farm.url, farm.config.farm, gateway.url];
    const first = await startCandidate([...shared, 'first', control('static-3')]);
    const second = await startCandidate([...shared, 'second', control('static-6')]);
    await until('the first decides', () => first.decisions > 0);
    expect(second.decisions).toBe(0);

    first.child.kill('SIGSTOP');
    await until('the second scales', () => gateway.state.replicas === 4);
    first.child.kill('SIGCONT');
    const before = first.decisions;
    await until('the second goes on', () => gateway.state.replicas === 6);
    // The first one wanted 3 all the time: it may say what it found when it woke, and never ask for it.
    expect(first.decisions - before).toBeLessThanOrEqual(1);
    const asked = gateway.requests.map((request) => /^POST .*"replicas":(\d+)/.exec(request)?.[1]);
    expect(asked.filter((replicas) => replicas !== undefined)).toEqual(['4', '5', '6']);

    second.child.kill('SIGKILL');
    await until('the first scales again', () => gateway.state.replicas < 6);
  },
);
