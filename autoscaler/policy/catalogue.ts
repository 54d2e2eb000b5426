import { forecasterNames, type ForecasterName } from '../forecast/catalogue.ts';
import { FarmhandError } from '#shared/errors.ts';
import { ErlangCPolicy, defaultWaitingShare } from './erlang-c.ts';
import { hpaDefaults } from './horizontal-pod-autoscaler.ts';
import { HPA_TARGET, HpaPolicy } from './hpa.ts';
import { KedaPolicy, kedaDefaults } from './keda.ts';
import { KpaPolicy, kpaDefaults } from './kpa.ts';
import { NUMBER, WHOLE, readOption, type OptionRange } from './name-options.ts';
import { OfferedLoadPolicy } from './offered-load.ts';
import { OpenfaasCePolicy } from './openfaas-ce.ts';
import type { Policy, PolicyOptions } from './policy.ts';
import { reactiveAverageOld, reactiveMaximumOld } from './reactive-old.ts';
import { ReactivePolicy, reactiveAverage, reactiveMaximum, type ReactiveForm } from './reactive.ts';
import { SquareRootPolicy, defaultBeta } from './square-root.ts';
import { StaticPolicy } from './static.ts';
import { SteadyPolicy, steadyDefaults } from './steady.ts';
import { TrendPolicy, defaultTrendWindow } from './trend.ts';

/** What is known of a policy before it is made. */
export interface PolicyRow {
  /** As people write it; static-N alone needs its option. */
  readonly name: string;
  /** What may stand behind the name: capitals for a value, brackets for what may be left out. */
  readonly options: string;
  /** One line for people. */
  readonly summary: string;
}

interface CatalogueRow extends PolicyRow {
  /** Holds for the whole name; its groups are the options. */
  readonly pattern: RegExp;
  readonly make: (
    values: readonly (string | undefined)[],
    context: { readonly name: string; readonly options: PolicyOptions },
  ) => Policy;
}

const FORECAST = `(${forecasterNames.join('|')})`;
const TARGET: OptionRange = { option: 'TARGET', least: 0.001, most: 9999 };
const BETA: OptionRange = { option: 'BETA', least: 0, most: 9999 };

const rows: readonly CatalogueRow[] = [
  {
    name: 'static-N',
    options: '',
    summary: 'N workers, whatever happens',
    pattern: /^static-([1-9]\d{0,3})$/,
    make: ([workers], { options }) => staticPolicy(Number(workers), options),
  },
  reactive(reactiveAverage, 'what queue and arrivals need, by the mean time of the last window'),
  reactive(reactiveMaximum, 'the same by the longest time of the last window'),
  reactive(reactiveAverageOld, 'the earlier form of reactive-average: grows while busy workers fall short of the need'),
  reactive(reactiveMaximumOld, 'the earlier form of reactive-maximum'),
  {
    name: 'hpa',
    options: '[-TARGET][-SECONDSs]',
    summary: "Kubernetes' autoscaler on waiting tasks a worker",
    pattern: targetAndWindow('hpa'),
    make: ([target, seconds], { name, options }) =>
      new HpaPolicy(name, hpaSettings({ target, seconds, otherwise: HPA_TARGET }, { name, options })),
  },
  {
    name: 'keda',
    options: '[-TARGET][-SECONDSs]',
    summary: "KEDA's Redis list scaler in front of it",
    pattern: targetAndWindow('keda'),
    make: ([target, seconds], { name, options }) =>
      new KedaPolicy(name, hpaSettings({ target, seconds, otherwise: kedaDefaults.listLength }, { name, options })),
  },
  {
    name: 'kpa',
    options: '[-TARGET][-SECONDSs]',
    summary: "Knative's autoscaler on tasks that wait or are in hand",
    pattern: targetAndWindow('kpa'),
    make: ([target, seconds], { name, options }) =>
      new KpaPolicy(name, {
        minWorkers: options.minWorkers,
        maxWorkers: options.maxWorkers,
        target: readOption(target, { otherwise: kpaDefaults.target, name, range: TARGET }),
        stableWindowS: readOption(seconds, {
          otherwise: kpaDefaults.stableWindowS,
          name,
          // Knative's own limits.
          range: { option: 'SECONDS', least: 6, most: 3600 },
        }),
      }),
  },
  {
    name: 'openfaas-ce',
    options: '',
    summary: "OpenFaaS Community Edition's alert rule on the rate of tasks",
    pattern: /^openfaas-ce$/,
    make: (_values, { options }) => new OpenfaasCePolicy(options),
  },
  {
    name: 'square-root',
    options: '[-BETA][-FORECAST]',
    summary: 'the load that is forecast and BETA times its square root to spare',
    pattern: numberAndForecast('square-root'),
    make: (values, { name, options }) => new SquareRootPolicy(name, squareRootSettings(values, name), options),
  },
  {
    name: 'erlang-c',
    options: '[-SHARE][-FORECAST]',
    summary: 'the fewest that let at most SHARE of the tasks wait, by Erlang C',
    pattern: numberAndForecast('erlang-c'),
    make: ([share, forecast], { name, options }) =>
      new ErlangCPolicy(
        name,
        {
          waitingShare: readOption(share, {
            otherwise: defaultWaitingShare,
            name,
            range: { option: 'SHARE', least: 0.001, most: 0.999 },
          }),
          forecaster: readForecaster(forecast),
        },
        options,
      ),
  },
  {
    name: 'offered-load',
    options: '[-BETA][-FORECAST]',
    summary: 'as square-root, for the load that lags behind the rate by a service time',
    pattern: numberAndForecast('offered-load'),
    make: (values, { name, options }) => new OfferedLoadPolicy(name, squareRootSettings(values, name), options),
  },
  {
    name: 'trend',
    options: '[-BETA[-STEPS]]',
    summary: 'as square-root, for a line through the last STEPS rates, and works a backlog off',
    pattern: new RegExp(`^trend(?:-(${NUMBER})(?:-(${WHOLE}))?)?$`),
    make: ([beta, steps], { name, options }) =>
      new TrendPolicy(
        name,
        {
          beta: readOption(beta, { otherwise: defaultBeta, name, range: BETA }),
          window: readOption(steps, {
            otherwise: defaultTrendWindow,
            name,
            range: { option: 'STEPS', least: 2, most: 100 },
          }),
        },
        options,
      ),
  },
  {
    name: 'steady',
    options: '[-BETA[-SECONDSs]]',
    summary: 'as square-root, for the highest load of the last minutes, and works a backlog off: the safe policy',
    pattern: new RegExp(`^steady(?:-(${NUMBER})(?:-(${WHOLE})s)?)?$`),
    make: ([beta, seconds], { name, options }) =>
      new SteadyPolicy(
        name,
        {
          beta: readOption(beta, { otherwise: steadyDefaults.beta, name, range: BETA }),
          memoryS: readOption(seconds, {
            otherwise: steadyDefaults.memoryS,
            name,
            range: { option: 'SECONDS', least: 1, most: 86_400 },
          }),
        },
        options,
      ),
  },
];

/** Every policy that has a name, for help and pages. */
export const policies: readonly PolicyRow[] = rows;

/** What `findPolicy` knows, as people write it, without options. */
export const policyNames: readonly string[] = rows.map(({ name }) => name);

/**
 * The policy of that name, fresh: it has seen nothing.
 * @throws UNKNOWN_POLICY with the names that there are, or with what an option may be.
 */
export function findPolicy(name: string, options: PolicyOptions): Policy {
  for (const { pattern, make } of rows) {
    const match = pattern.exec(name);
    if (match !== null) return make(match.slice(1), { name, options });
  }
  throw new FarmhandError(
    'UNKNOWN_POLICY',
    `policy ${JSON.stringify(name)}: expected one of ${policyNames.join(', ')} (N: a number of workers, as in static-15), ` +
      'some with options, as in hpa-2-60s or square-root-1.5 (docs/policies.md)',
  );
}

function staticPolicy(workers: number, options: PolicyOptions): Policy {
  const { minWorkers, maxWorkers } = options;
  if (workers < minWorkers || workers > maxWorkers) {
    throw new FarmhandError(
      'UNKNOWN_POLICY',
      `policy static-${workers}: N must be from minWorkers to maxWorkers (${minWorkers} to ${maxWorkers})`,
    );
  }
  return new StaticPolicy(workers);
}

function reactive(form: ReactiveForm, summary: string): CatalogueRow {
  return {
    name: form.name,
    options: '',
    summary,
    pattern: new RegExp(`^${form.name}$`),
    make: (_values, { options }) => new ReactivePolicy(form, options),
  };
}

function targetAndWindow(name: string): RegExp {
  return new RegExp(`^${name}(?:-(${NUMBER}))?(?:-(${WHOLE})s)?$`);
}

function numberAndForecast(name: string): RegExp {
  return new RegExp(`^${name}(?:-(${NUMBER}))?(?:-${FORECAST})?$`);
}

function hpaSettings(
  given: { target: string | undefined; seconds: string | undefined; otherwise: number },
  { name, options }: { name: string; options: PolicyOptions },
) {
  return {
    minWorkers: options.minWorkers,
    maxWorkers: options.maxWorkers,
    target: readOption(given.target, { otherwise: given.otherwise, name, range: TARGET }),
    scaleDownWindowS: readOption(given.seconds, {
      otherwise: hpaDefaults.scaleDownWindowS,
      name,
      // Kubernetes' own limits.
      range: { option: 'SECONDS', least: 0, most: 3600 },
    }),
  };
}

function squareRootSettings([beta, forecast]: readonly (string | undefined)[], name: string) {
  return {
    beta: readOption(beta, { otherwise: defaultBeta, name, range: BETA }),
    forecaster: readForecaster(forecast),
  };
}

/** The pattern has let forecasters' names through only. */
function readForecaster(text: string | undefined): ForecasterName {
  return forecasterNames.find((name) => name === text) ?? 'holt';
}
