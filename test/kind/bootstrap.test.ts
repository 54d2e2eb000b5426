import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Playground, type Run } from './bootstrap/playground.ts';

// Up to four runs of a script that calls a hundred programs.
vi.setConfig({ testTimeout: 120_000 });

/** Calls that change something, in this machine or in the cluster. */
const changes = ({ calls }: Run): readonly string[] =>
  calls.filter((call) =>
    / (create|apply|replace|patch|upgrade|uninstall|up|push|build|login|remove|run|connect|delete|rm)\b/.test(call),
  );
/** Without what all of kubectl's have. */
const briefChanges = (run: Run): readonly string[] =>
  changes(run).map((call) => call.replace('kubectl --context kind-farmhand ', ''));

/** Keys and values of every Secret that kubectl was given. */
const secretsOf = (farm: Playground): readonly (readonly [string, string])[] =>
  [...farm.stdin.matchAll(/^kind: Secret\n[^]*?^data:\n((?: {2}.*\n)+)/gm)].flatMap(([, data = '']) =>
    [...data.matchAll(/^ {2}(\S+): (\S+)$/gm)].map(
      ([, key = '', value = '']) => [key, Buffer.from(value, 'base64').toString()] as const,
    ),
  );

describe('a first run', () => {
  const playground = (): Playground => new Playground();

  it('makes everything, and says where it is', () => {
    const run = playground().bootstrap();
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('8 of 8 tasks came out of the collector');
    expect(run.stdout).toContain('Page        http://127.0.0.1:8080/function/autoscaler/');
    expect(run.stdout).toContain('Workers     12 wanted, 5 granted');
    expect(run.stdout).toContain('Community Edition: 5 workers at most');
    expect(changes(run)).toEqual(
      expect.arrayContaining([
        'kind create cluster --config kind/cluster.yaml --wait 180s',
        'faas-cli up --yaml stack.yml --gateway http://127.0.0.1:8080',
      ]),
    );
  });

  it('repeats nothing in a second run, and keeps the port-forwards', () => {
    const farm = playground();
    farm.bootstrap();
    const first = readFileSync(join(farm.root, '.farmhand/kind/gateway.pid'), 'utf8');
    const second = farm.bootstrap();
    expect(second.status, second.stderr).toBe(0);
    expect(changes(second)).toEqual([]);
    expect(second.stdout).toContain('already there: 127.0.0.1:8080 leads to gateway');
    expect(readFileSync(join(farm.root, '.farmhand/kind/gateway.pid'), 'utf8')).toBe(first);
  });

  it('builds again when a source, and only then', () => {
    const farm = playground();
    farm.bootstrap();
    farm.write('shared/source.ts', 'export const name = "changed";\n');
    expect(changes(farm.bootstrap()).map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
      'faas-cli up',
      'kubectl --context',
    ]);
  });

  it('upgrades OpenFaaS when its values change', () => {
    const farm = playground();
    farm.bootstrap();
    farm.write('kind/openfaas/values.yaml', 'generateBasicAuth: true\n');
    const [upgrade, ...more] = changes(farm.bootstrap());
    expect(upgrade).toMatch(/^helm .* upgrade --install openfaas/);
    expect(more).toEqual([]);
  });

  it('starts a port-forward again that has died', () => {
    const farm = playground();
    farm.bootstrap();
    process.kill(Number(readFileSync(join(farm.root, '.farmhand/kind/redis.pid'), 'utf8')));
    const second = farm.bootstrap();
    expect(second.stdout).toContain('$ kind/port-forward.sh kind-farmhand farmhand redis 16379 6379 &');
    expect(second.stdout).toContain('already there: 127.0.0.1:8080 leads to gateway');
  });

  it('finds its cluster again when the configuration of kubectl has lost it', () => {
    const farm = playground();
    farm.bootstrap();
    rmSync(join(farm.shim, 'kubeconfig'));
    const second = farm.bootstrap();
    expect(second.status, second.stderr).toBe(0);
    expect(second.calls).toContain('kind export kubeconfig --name farmhand');
  });

  it('gets past a helm that was killed in the middle', () => {
    const farm = playground();
    expect(farm.bootstrap([], { SHIM_HELM_DIES: 'yes' }).status).toBe(1);
    const second = farm.bootstrap();
    expect(second.status, second.stderr).toBe(0);
    expect(changes(second).slice(0, 2).join('\n')).toMatch(/uninstall openfaas --wait\n.*upgrade --install/);
  });
});

describe('secrets', () => {
  it.each([[['--tls']], [[]], [['--workers', 'deployment']]])(
    '%j: stand in no argument and in no output',
    (options) => {
      const farm = new Playground();
      const runs = [farm.bootstrap(options), farm.bootstrap(options), farm.bootstrap(['--teardown'])];
      const plain = secretsOf(farm).map(([, value]) => value);
      expect(plain.filter((text) => text.startsWith('redis'))).not.toEqual([]);
      expect(plain.filter((text) => /^[0-9a-f]{48}$/.test(text)).length).toBeGreaterThanOrEqual(2);
      const secrets = plain
        .filter((text) => text !== 'admin')
        .flatMap((text) => [text, Buffer.from(text).toString('base64')]);
      for (const { stdout, stderr, calls, status } of runs) {
        expect(status, stderr).toBe(0);
        const seen = [stdout, stderr, ...calls].join('\n');
        for (const secret of secrets) expect(seen).not.toContain(secret);
      }
    },
  );

  it('gives the functions the URL with the password of Redis, and with TLS its authority', () => {
    const farm = new Playground();
    farm.bootstrap(['--tls']);
    const values = Object.fromEntries(secretsOf(farm));
    expect(values['auth.conf']).toBe(`requirepass ${values['password']}`);
    expect(values['redis-url']).toBe(
      `rediss://:${values['password']}@redis.farmhand.svc.cluster.local:6379?ca=/var/openfaas/secrets/redis-ca`,
    );
    expect(values['redis-ca']).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(values['basic-auth-user']).toBe('admin');
  });

  it('of Redis are renewed by deleting them: Redis and the functions start again with the new ones', () => {
    const farm = new Playground();
    farm.bootstrap(['--tls']);
    for (const secret of ['redis-auth', 'redis-tls']) rmSync(farm.object('farmhand', 'secret', secret));
    const run = farm.bootstrap(['--tls']);
    expect(run.status, run.stderr).toBe(0);
    expect(briefChanges(run)).toEqual([
      'create --filename -',
      'create --filename -',
      'replace --filename -',
      'faas-cli up --yaml stack.yml --gateway http://127.0.0.1:8080',
      'apply --filename -',
    ]);
    const restart = 'kubectl --context kind-farmhand --namespace farmhand rollout restart statefulset/redis';
    expect(run.calls.indexOf(restart)).toBeLessThan(
      run.calls.findIndex((call) => call.includes('rollout status statefulset')),
    );
    expect(run.calls).toContain(restart);
    expect(farm.bootstrap(['--tls']).calls).not.toContain(restart);
  });

  it('takes them back from a cluster that has TLS now and had none', () => {
    const farm = new Playground();
    farm.bootstrap();
    const run = farm.bootstrap(['--tls']);
    expect(run.status, run.stderr).toBe(0);
    expect(briefChanges(run)).toEqual([
      'create --filename -',
      'replace --filename -',
      'apply --kustomize kind/redis/tls',
      'faas-cli up --yaml stack.yml --gateway http://127.0.0.1:8080',
      'apply --filename -',
    ]);
  });
});

describe('other ways', () => {
  it('workers as a Deployment: none is left behind the gateway', () => {
    const farm = new Playground();
    farm.bootstrap();
    const run = farm.bootstrap(['--workers', 'deployment']);
    expect(run.status, run.stderr).toBe(0);
    expect(run.calls).toContain('faas-cli remove worker --gateway http://127.0.0.1:8080');
    expect(run.calls).toContain('faas-cli push --yaml stack.yml --filter worker');
    expect(farm.stdin).toContain('image: ttl.sh/farm/worker:0.1.0');
    // But for the apply of the manifest, which Kubernetes compares itself.
    expect(changes(farm.bootstrap(['--workers', 'deployment']))).toEqual([
      'kubectl --context kind-farmhand apply --filename -',
    ]);
    // An image of the same name is another one when its sources are others: the pods must change for it.
    farm.write('shared/source.ts', 'export const name = "changed";\n');
    farm.bootstrap(['--workers', 'deployment']);
    const digests = [...farm.stdin.matchAll(/annotations: \{ farmhand\/digest: '([0-9a-f]{12})' \}/g)].map(
      ([, one]) => one,
    );
    expect(digests).toEqual([digests[0], digests[0], digests[2]]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  it('workers of one kind: those of another --workers go', () => {
    const farm = new Playground();
    farm.bootstrap(['--workers', 'deployment']);
    // As the autoscaler makes one, of an earlier --workers shards.
    writeFileSync(farm.object('openfaas-fn', 'deployment', 'worker-3'), '');
    const run = farm.bootstrap();
    expect(run.status, run.stderr).toBe(0);
    expect(run.calls.filter((call) => / (remove|delete) /.test(call))).toEqual([
      'faas-cli remove worker-3 --gateway http://127.0.0.1:8080',
      'kubectl --context kind-farmhand delete --ignore-not-found --filename kind/scaler-rbac.yaml --filename kind/worker-deployment.yaml',
    ]);
  });

  it('a registry of this machine: the node and the gateway know it, and teardown deletes it', () => {
    const farm = new Playground();
    const run = farm.bootstrap(['--local-registry']);
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).toContain('images: localhost:5001/<function>:0.1.0');
    expect(farm.stdin).toContain('[host."http://kind-registry:5000"]');
    expect(changes(farm.bootstrap(['--local-registry']))).toEqual([]);
    expect(farm.bootstrap(['--teardown', '--local-registry']).calls).toContain(
      'docker rm --force --volumes kind-registry',
    );
  });

  it('a Redis of yours: its URL is the secret, and none is installed', () => {
    const farm = new Playground();
    farm.write('redis-url', 'rediss://:p%40ss@redis.example:6380\n');
    // A path as its caller means it, who stands in / here.
    const run = farm.bootstrap(['--redis-url-file', join(farm.root, 'redis-url').slice(1)]);
    expect(run.status, run.stderr).toBe(0);
    expect(farm.stdin).toContain(Buffer.from('rediss://:p%40ss@redis.example:6380').toString('base64'));
    expect(run.calls.filter((call) => call.includes('kind/redis'))).toEqual([]);
    expect(run.calls.join('\n')).not.toContain('p%40ss');
  });
});

describe('teardown', () => {
  it('ends the port-forwards, deletes the cluster, and has nothing to do the second time', () => {
    const farm = new Playground();
    farm.bootstrap();
    const pid = Number(readFileSync(join(farm.root, '.farmhand/kind/gateway.pid'), 'utf8'));
    const run = farm.bootstrap(['--teardown']);
    expect(run.status, run.stderr).toBe(0);
    expect(run.calls).toContain('kind delete cluster --name farmhand');
    expect(run.stdout).toContain(`$ kill ${pid}`);
    const again = farm.bootstrap(['--teardown']);
    expect(again.status, again.stderr).toBe(0);
    expect(changes(again)).toEqual([]);
    expect(again.stdout).toContain('not there: kind cluster farmhand');
  });

  it('of an existing cluster wants --yes', () => {
    const refused = new Playground().bootstrap(['--teardown', '--context', 'office']);
    expect([refused.status, refused.calls]).toEqual([2, []]);
    expect(refused.stderr).toContain('add --yes');
  });
});

describe('an existing cluster', () => {
  const office = ['--context', 'office'];

  it.each([
    ['gets OpenFaaS, and loses it in a teardown', false],
    ['keeps the OpenFaaS that it has, before and after', true],
  ])('%s', (_what, openfaas) => {
    const farm = new Playground();
    farm.existingCluster({ openfaas });
    const run = farm.bootstrap(office);
    expect(run.status, run.stderr).toBe(0);
    expect(run.calls.some((call) => call.includes(' upgrade --install openfaas'))).toBe(!openfaas);
    expect(run.calls.filter((call) => /^(kind|docker run)/.test(call))).toEqual([]);
    expect(changes(farm.bootstrap(office))).toEqual([]);

    const end = farm.bootstrap([...office, '--teardown', '--yes']);
    expect(end.status, end.stderr).toBe(0);
    expect(end.calls.some((call) => call.endsWith('uninstall openfaas --wait'))).toBe(!openfaas);
    expect(end.calls.filter((call) => call.startsWith('kind'))).toEqual([]);
    expect(end.calls).toContain(
      'kubectl --context office delete namespace --selector app.kubernetes.io/part-of=farmhand',
    );
  });

  it('gets OpenFaaS again when its installation failed, though a gateway is there', () => {
    const farm = new Playground();
    farm.existingCluster({ openfaas: false });
    const failed = farm.bootstrap(office, { SHIM_HELM_WAITS: 'too long' });
    expect([failed.status, existsSync(farm.object('openfaas', 'deployment', 'gateway'))]).toEqual([1, true]);
    const run = farm.bootstrap(office);
    expect(run.status, run.stderr).toBe(0);
    expect(run.calls.some((call) => call.includes(' upgrade --install openfaas'))).toBe(true);
  });

  it('says so when it cannot be reached', () => {
    const run = new Playground().bootstrap(office);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('step 2, "Cluster", failed');
  });
});

describe('what it is asked for', () => {
  it('prints the whole plan and calls nothing', async () => {
    const farm = new Playground();
    const run = farm.bootstrap(['--dry-run'], { FARM_REGISTRY: 'ghcr.io/you' });
    expect(run.calls).toEqual([]);
    await expect(run.stdout).toMatchFileSnapshot('../golden/kind/dry-run.txt');
  });

  it('prints the whole plan of everything else', async () => {
    const farm = new Playground();
    const options = ['--dry-run', '--tls', '--workers', 'deployment', '--local-registry', '--gateway-port', '8081'];
    const run = farm.bootstrap(options);
    expect(run.calls).toEqual([]);
    await expect(run.stdout).toMatchFileSnapshot('../golden/kind/dry-run-options.txt');
  });

  it('prints what a teardown does', async () => {
    const farm = new Playground();
    const runs = [
      ['--dry-run', '--teardown'],
      ['--dry-run', '--teardown', '--context', 'office'],
    ].map((options) => farm.bootstrap(options));
    expect(runs.flatMap(({ calls }) => calls)).toEqual([]);
    await expect(runs.map(({ stdout }) => stdout).join('\n')).toMatchFileSnapshot(
      '../golden/kind/dry-run-teardown.txt',
    );
  });

  it('prints its help', async () => {
    await expect(new Playground().bootstrap(['--help']).stdout).toMatchFileSnapshot('../golden/kind/help.txt');
  });

  it.each([
    [['--wat'], 'unknown option --wat'],
    [['--workers', 'many'], 'allowed are function, deployment and shards'],
    [['--gateway-port', '70000'], 'allowed are ports from 1 to 65535'],
    [['--context'], '--context needs a value'],
    [['--local-registry', '--context', 'office'], '--local-registry goes with a kind cluster'],
    [['--redis-url-file', '/nowhere'], 'cannot be read'],
  ])('%j is refused before anything is begun', (options, message) => {
    const run = new Playground().bootstrap(options);
    expect([run.status, run.calls]).toEqual([2, []]);
    expect(run.stderr).toContain(message);
  });

  it('says which registry to use when none is given', () => {
    const run = new Playground().bootstrap([], { FARM_REGISTRY: '' });
    expect([run.status, run.calls]).toEqual([2, []]);
    expect(run.stderr).toContain('Community Edition pulls public images only');
  });

  it('wants a curl that knows what is asked of it (--fail-with-body is of 7.76)', () => {
    const run = new Playground().bootstrap([], { SHIM_CURL: '7.74.0' });
    expect([run.status, changes(run)]).toEqual([1, []]);
    expect(run.stdout).toContain('curl 7.74.0 is too old');
  });

  it.each(['docker', 'kind', 'kubectl', 'helm', 'faas-cli'])('says where to get %s when it is missing', (tool) => {
    const run = new Playground({ without: [tool] }).bootstrap();
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(new RegExp(`${tool} is missing: https://`));
    expect(changes(run)).toEqual([]);
  });
});
