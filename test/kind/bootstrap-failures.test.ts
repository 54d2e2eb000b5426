import { describe, expect, it, test, vi } from 'vitest';
import { until } from '../support/until.ts';
import { Playground } from './bootstrap/playground.ts';

// Up to four runs of a script that calls a hundred programs.
vi.setConfig({ testTimeout: 120_000 });

/** [step's title, what is made to fail (a regular expression on a call), options]: at least one for each step. */
const failures: readonly (readonly [string, string, ...string[]])[] = [
  ['Registry of this machine', '^docker run', '--local-registry'],
  ['Cluster', '^kind create'],
  ['Registry, known to the cluster', '^docker exec --interactive', '--local-registry'],
  ['Registry, known to the cluster', '^docker network connect', '--local-registry'],
  ['Namespaces', 'namespaces.yaml --selector .*=farmhand$'],
  ['metrics-server', 'apply --kustomize kind/metrics-server'],
  ['OpenFaaS', '^helm .* upgrade'],
  ['OpenFaaS', 'rollout status deployment/gateway'],
  ['OpenFaaS', 'patch deployment gateway', '--local-registry'],
  ['Secrets', 'create --filename -$'],
  ['Secrets', 'get secret basic-auth --output'],
  ['Redis', 'apply --kustomize kind/redis/base'],
  ['Redis', 'rollout status statefulset/redis'],
  ['Prometheus and Grafana', 'apply --kustomize kind/monitoring'],
  ['Login', '^faas-cli login'],
  ['Functions', '^faas-cli up'],
  ['Functions', 'rollout status deployment/collector'],
  ['Workers as a Deployment', 'farmhand-workers rollout status', '--workers', 'deployment'],
  ['Smoke run', '/function/emitter/tasks$'],
];

describe.each(failures)('%s, when %s fails', (title, pattern, ...options) => {
  it('says what failed and what to do, and a second run goes on from there', () => {
    const farm = new Playground();
    const failed = farm.bootstrap(options, { SHIM_FAIL: pattern });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/injected failure|is missing/);
    expect(failed.stderr).toMatch(
      new RegExp(
        `bootstrap: step \\d+, "${title}", failed\\.\n  What to do: .{20,}\n  Then run the same command again`,
      ),
    );
    // Said once, not once for every part of a pipe.
    expect(failed.stderr.match(/What to do/g)).toHaveLength(1);

    const second = farm.bootstrap(options);
    expect(second.status, second.stderr).toBe(0);
    expect(second.stdout).toContain('8 of 8 tasks came out of the collector');
    // What was done before the failure is not done again.
    const made = (calls: readonly string[]): readonly string[] =>
      calls.filter(
        (call) => /^kind create|upgrade --install|namespaces.yaml/.test(call) && !new RegExp(pattern).test(call),
      );
    const again = made(failed.calls).filter((call) => second.calls.includes(call));
    expect(again).toEqual([]);
  });
});

describe('what does not come in time', () => {
  it('a port-forward that never stands', () => {
    const farm = new Playground();
    farm.write(
      'kind/steps/forwards.sh',
      farm.read('kind/steps/forwards.sh').replaceAll('wait_until 60', 'wait_until 1'),
    );
    const failed = farm.bootstrap([], { SHIM_FAIL: 'port-forward service/redis' });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('127.0.0.1:16379 leads to redis: not after 1 s');
    expect(failed.stderr).toContain('--gateway-port and --redis-port name others');
    // Its process tries on, which is not to say that it got through.
    const again = farm.bootstrap([], { SHIM_FAIL: 'port-forward service/redis' });
    expect(again.stderr).toContain('127.0.0.1:16379 leads to redis: not after 1 s');
    expect(farm.bootstrap().status).toBe(0);
  });

  it('a smoke run whose tasks are not done', () => {
    const farm = new Playground();
    farm.write('kind/steps/smoke.sh', farm.read('kind/steps/smoke.sh').replace('wait_until 120', 'wait_until 1'));
    const failed = farm.bootstrap([], { SHIM_TASKS: 'dead' });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('all 8 tasks completed: not after 1 s');
    expect(farm.bootstrap().status).toBe(0);
  });
});

test('a signal in the middle ends it at once, and the next run goes on', async () => {
  const farm = new Playground();
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const;
  for (const [signal, code] of signals) {
    const before = farm.calls.length;
    const begun = farm.begin({ SHIM_HANGS: '^helm .* upgrade' });
    await until('helm is at work', () => farm.calls.slice(before).some((call) => / upgrade /.test(call)));
    begun.signal(signal);
    const { status, stderr } = await begun.ended;
    expect([status, stderr]).toEqual([code, expect.stringContaining('interrupted in step 5, "OpenFaaS"') as string]);
    expect(stderr).not.toContain('What to do');
  }
  const last = farm.bootstrap();
  expect(last.status, last.stderr).toBe(0);
});

describe('a teardown', () => {
  it('that fails says so, and goes on when it is run again', () => {
    const farm = new Playground();
    farm.bootstrap();
    const failed = farm.bootstrap(['--teardown'], { SHIM_FAIL: '^kind delete' });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('step 2, "Cluster", failed');
    const second = farm.bootstrap(['--teardown']);
    expect(second.status, second.stderr).toBe(0);
    expect(second.calls).toContain('kind delete cluster --name farmhand');
  });

  it('does not take an engine that does not answer for one without a cluster', () => {
    const farm = new Playground();
    const failed = farm.bootstrap(['--teardown'], { SHIM_FAIL: '^kind get clusters' });
    expect([failed.status, failed.stdout]).toEqual([1, expect.not.stringContaining('not there') as string]);
    expect(failed.stderr).toContain('Is Docker running?');
  });
});
