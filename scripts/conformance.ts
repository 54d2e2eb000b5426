import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { MINUTE, SECOND, SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { gatewayApi } from './conformance/gateway-api.ts';
import { startProbedGateway } from './conformance/local-gateway.ts';
import { classicProbe, farmProbe } from './conformance/probe.ts';
import { outcomeLine, tally } from './conformance/report.ts';
import type { Outcome } from './conformance/requirement.ts';
import { requirements, tryRequirement } from './conformance/suite.ts';
import type { TrialOptions } from './conformance/trial.ts';

const usage = `usage: node scripts/conformance.ts [--gateway URL [--user NAME --password-stdin] --image IMAGE] [options]

Tries what an OpenFaaS provider must do, and says pass, FAIL or skip for each. Without --gateway it starts our own on a free port.
Everything that it deploys and creates has a name that begins with conformance-, and is removed. Exit code 1 when something failed.

  --image IMAGE          the probe: built from scripts/conformance/stack.yml (does everything), or, with --classic,
                         an image with a shell and the classic watchdog, for example ghcr.io/openfaas/alpine:latest
  --classic              see --image
  --only TEXT            only requirements whose name contains TEXT
  --callback-host HOST   where the gateway reaches this machine (default 127.0.0.1 for a gateway on this machine)
  --ready-within S       a function has so long to become ready (default 60)
  --json                 one JSON object as the last line`;

const { values } = parseArgs({
  options: {
    gateway: { type: 'string' },
    user: { type: 'string', default: 'admin' },
    'password-stdin': { type: 'boolean', default: false },
    image: { type: 'string' },
    classic: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'callback-host': { type: 'string' },
    'ready-within': { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const clock = new SystemClock();
if (values.help) console.log(usage);
else process.exitCode = await run();

/** Returns the exit code. */
async function run(): Promise<number> {
  const { gateway: url, image } = values;
  const readyWithinMs = Number(values['ready-within']) * SECOND;
  if (!(readyWithinMs > 0) || (url !== undefined && (image === undefined || !URL.canParse(url)))) {
    console.error(usage);
    return 2;
  }
  const root = join(import.meta.dirname, '..');
  const own = url === undefined ? await startProbedGateway({ root, environment: processEnvironment(), clock }) : null;
  const password = values['password-stdin'] ? (await text(process.stdin)).replace(/\r?\n$/, '') : null;
  const credentials = own?.credentials ?? (password === null ? null : { user: values.user, password });
  const api = gatewayApi(own?.url ?? url ?? '', credentials);
  const probe = (values.classic ? classicProbe : farmProbe)(own?.image ?? image ?? '');
  try {
    return await report({
      api,
      probe,
      clock,
      prefix: 'conformance',
      readyWithinMs,
      load: { ratePerS: 10, scaledWithinMs: 2 * MINUTE, pinnedForMs: 40 * SECOND },
      callbackHost: values['callback-host'] ?? (isHere(api.url) ? '127.0.0.1' : null),
    });
  } finally {
    await own?.stop();
  }
}

async function report(options: TrialOptions): Promise<number> {
  console.log(`${options.api.url}, probe ${options.probe.image}\n`);
  const outcomes: Outcome[] = [];
  for (const requirement of requirements.filter(({ name }) => name.includes(values.only))) {
    const outcome = await tryRequirement(requirement, options);
    console.log(outcomeLine(outcome));
    outcomes.push(outcome);
  }
  console.log(`\n${tally(outcomes)}`);
  if (values.json) console.log(JSON.stringify({ gateway: options.api.url, outcomes }));
  return outcomes.length === 0 || outcomes.some(({ result }) => result === 'failed') ? 1 : 0;
}

function isHere(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}
