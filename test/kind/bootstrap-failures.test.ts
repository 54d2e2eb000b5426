import { describe, expect, it, vi } from 'vitest';
import { Playground } from './bootstrap/playground.ts';

// Up to four runs of a script that calls a hundred programs.
vi.setConfig({ testTimeout: 60_000 });

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
  ['Secrets', 'create secret generic redis-tls', '--tls'],
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
});
