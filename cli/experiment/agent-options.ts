import { agentSchemas } from '#shared/agents-schema.ts';
import type { AgentName } from '#autoscaler/learn/agent-name.ts';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { number, numbers } from '../arguments.ts';
import type { FarmhandCommand } from '../farmhand-command.ts';

/** A flag of the reference's training scripts, and the key of farm.yml's agents.<agent> that it stands over. */
interface AgentFlag {
  readonly flag: string;
  readonly value: string;
  readonly what: string;
  readonly key: Partial<Record<AgentName, string>>;
}

const agentFlags: readonly AgentFlag[] = [
  { flag: 'alpha', value: 'n', what: 'step size', key: { sarsa: 'alpha' } },
  { flag: 'learning-rate', value: 'n', what: 'step size', key: { dqn: 'learningRate' } },
  { flag: 'gamma', value: 'n', what: 'discount', key: { sarsa: 'gamma', dqn: 'gamma' } },
  { flag: 'epsilon', value: 'n', what: 'exploration at the start', key: { sarsa: 'epsilon', dqn: 'epsilonStart' } },
  { flag: 'epsilon-start', value: 'n', what: 'the same', key: { dqn: 'epsilonStart' } },
  {
    flag: 'epsilon-min',
    value: 'n',
    what: 'exploration that remains',
    key: { sarsa: 'epsilonMin', dqn: 'epsilonEnd' },
  },
  { flag: 'epsilon-end', value: 'n', what: 'the same', key: { dqn: 'epsilonEnd' } },
  {
    flag: 'epsilon-decay',
    value: 'n',
    what: 'its factor after each episode',
    key: { sarsa: 'epsilonDecay', dqn: 'epsilonDecay' },
  },
  { flag: 'trace-lambda', value: 'n', what: 'how long traces last', key: { sarsa: 'traceLambda' } },
  { flag: 'trace-threshold', value: 'n', what: 'when they are dropped', key: { sarsa: 'traceThreshold' } },
  { flag: 'bins', value: 'n,n,...', what: 'bins of each of the nine observations', key: { sarsa: 'bins' } },
  { flag: 'hidden-layers', value: 'n,n,...', what: 'units of each hidden layer', key: { dqn: 'hiddenLayers' } },
  { flag: 'batch-size', value: 'n', what: 'transitions an update', key: { dqn: 'batchSize' } },
  { flag: 'replay-capacity', value: 'n', what: 'transitions remembered', key: { dqn: 'replayCapacity' } },
  { flag: 'warmup-steps', value: 'n', what: 'steps before the first update', key: { dqn: 'warmupSteps' } },
  { flag: 'target-update', value: 'n', what: 'updates between two moves of the target', key: { dqn: 'targetUpdate' } },
  { flag: 'target-tau', value: 'n', what: 'how far it moves; 1 is a copy', key: { dqn: 'targetTau' } },
  { flag: 'max-grad-norm', value: 'n', what: 'where gradients are clipped', key: { dqn: 'maxGradNorm' } },
];

const LISTS: ReadonlySet<string> = new Set(['bins', 'hidden-layers']);

export function addAgentOptions(command: FarmhandCommand): FarmhandCommand {
  for (const { flag, value, what, key } of agentFlags) {
    const help = `${what} (${Object.keys(key).join(', ')}); default: farm.yml`;
    if (LISTS.has(flag)) command.option(`--${flag} <${value}>`, help, numbers);
    else command.option(`--${flag} <${value}>`, help, number);
  }
  return command;
}

/**
 * farm.yml's agents with what the command line says of `agent`.
 * @throws USAGE for a flag of another agent, or for a value that is not allowed
 */
export function agentSettings(
  agent: AgentName,
  options: Readonly<Record<string, unknown>>,
  defaults: FarmConfig['agents'],
): FarmConfig['agents'] {
  const changed: Record<string, unknown> = {};
  const flagOf = new Map<string, string>();
  for (const { flag, key } of agentFlags) {
    const value = options[flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (value === undefined) continue;
    const setting = key[agent];
    if (setting === undefined) {
      const of = Object.keys(key).join(', ');
      throw new FarmhandError('USAGE', `--${flag} is of ${of}; ${agent} has no such setting`);
    }
    changed[setting] = value;
    flagOf.set(setting, `--${flag}`);
  }
  const parsed = agentSchemas[agent].safeParse({ ...defaults[agent], ...changed });
  if (parsed.success) return { ...defaults, [agent]: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => {
    const setting = String(path[0]);
    return `${flagOf.get(setting) ?? `agents.${agent}.${setting}`}: ${message}, got ${JSON.stringify(changed[setting])}`;
  });
  throw new FarmhandError('USAGE', problems.join('; '));
}
