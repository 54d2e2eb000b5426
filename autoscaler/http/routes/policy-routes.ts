import { z } from 'zod';
import type { FarmConfig } from '#shared/config-schema.ts';
import { text } from '#shared/quantity.ts';
import { findWorkload, workloadNames } from '#shared/workload/catalogue.ts';
import { planWorkload } from '#shared/workload/plan.ts';
import { agentNames } from '../../learn/agent-name.ts';
import type { Autoscaler } from '../../loop/autoscaler.ts';
import type { PolicyShelf } from '../../model-store/policy-shelf.ts';
import { policies as rules } from '../../policy/catalogue.ts';
import { shadowShown, type ShadowReports } from '../shadow-reports.ts';
import { route, type HttpRoute } from '../route.ts';

export interface PolicyParts {
  readonly autoscaler: Autoscaler;
  readonly policies: Pick<PolicyShelf, 'models'>;
  readonly shadows: ShadowReports;
  readonly config: Pick<FarmConfig, 'workload'>;
}

const tag = 'policy';

const named = z.strictObject({
  name: z.string(),
  model: z.string().nullable().describe('The id of the stored model; null: a rule.'),
});

const policyShown = z.strictObject({
  live: named,
  shadow: named.nullable().describe('Decides beside the live one, and never acts.'),
  safe: z.string().describe('The rule that takes over when the live policy fails.'),
  fallback: z
    .looseObject({
      active: z.boolean(),
      since: z.number().nullable(),
      because: z.string().nullable(),
      switches: z.int(),
    })
    .describe('Whether the safe policy is in charge, and why.'),
});

const policyRequest = z.strictObject({
  live: text(200).optional().describe('A rule, or a model by name, name@version or id.'),
  shadow: text(200).nullable().optional().describe('The same; null: nobody.'),
});

const workloadShown = z.strictObject({
  name: z.string(),
  summary: z.string(),
  kind: z.string(),
  tasks: z.int().describe("With farm.yml's seed."),
  durationS: z.number(),
  stepDurationS: z.number(),
  observationWindowS: z.number(),
  initialWorkers: z.int(),
  maxSteps: z.int(),
});

/** Who may decide, who does, and on what they can be tried. */
export function policyRoutes({ autoscaler, policies, shadows, config }: PolicyParts): HttpRoute[] {
  let workloads: z.input<typeof workloadShown>[] | null = null;
  return [
    route(
      {
        ...{ method: 'GET', path: '/policies', tag, guarded: false },
        summary: 'Rules with their options, models by name, and the agents that can be trained',
        answers: {
          200: {
            description: 'What PUT policy and POST episodes may name.',
            schema: z.strictObject({
              policies: z.array(z.strictObject({ name: z.string(), options: z.string(), summary: z.string() })),
              models: z.array(z.string()),
              agents: z.array(z.string()),
            }),
          },
        },
      },
      async () => ({
        policies: rules.map(({ name, options, summary }) => ({ name, options, summary })),
        models: await policies.models(),
        agents: agentNames,
      }),
    ),
    route(
      {
        ...{ method: 'GET', path: '/policy', tag, guarded: false },
        summary: 'Who decides, who stands in shadow, and whether the safe policy had to take over',
        answers: { 200: { description: 'As of the last step.', schema: policyShown } },
      },
      () => autoscaler.policy,
    ),
    route(
      {
        ...{ method: 'PUT', path: '/policy', tag, guarded: true },
        summary: 'Other policies from the next step on',
        description: 'The episode goes on and no worker moves by this alone. What is left out stays.',
        body: policyRequest,
        answers: {
          200: { description: 'They decide.', schema: policyShown },
          409: { description: 'An episode is being prepared, or this autoscaler does not lead.' },
        },
      },
      async ({ body: { live, shadow } }) =>
        autoscaler.setPolicy({ ...(live === undefined ? {} : { live }), ...(shadow === undefined ? {} : { shadow }) }),
    ),
    route(
      {
        ...{ method: 'GET', path: '/shadow', tag, guarded: false },
        summary: 'What would have become of the farm under the shadow: its log, replayed',
        description: 'Worked out in a thread, at most twice a minute; the answer before that is the last one.',
        answers: { 200: { description: '`because` says why there are no figures (yet).', schema: shadowShown } },
      },
      () => shadows.read(),
    ),
    route(
      {
        ...{ method: 'GET', path: '/workloads', tag, guarded: false },
        summary: 'The workloads that have names',
        description: "One is started with POST /function/emitter/runs {workload}; the emitter's routes are its own.",
        answers: {
          200: {
            description: 'With what each asks for.',
            schema: z.strictObject({ workloads: z.array(workloadShown) }),
          },
        },
      },
      () => {
        workloads ??= workloadNames.map((name) => describeWorkload(name, config));
        return { workloads };
      },
    ),
  ];
}

function describeWorkload(name: string, config: Pick<FarmConfig, 'workload'>): z.input<typeof workloadShown> {
  const workload = findWorkload(name, config);
  const { description: summary, kind, arrivals, control } = workload;
  const durationS = arrivals.reduce((sum, phase) => sum + phase.durationS, 0);
  const tasks = planWorkload(workload, { seed: config.workload.seed }).totalTasks;
  return { name, summary, kind, tasks, durationS, ...control };
}
