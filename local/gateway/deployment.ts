import { z } from 'zod';

/** Kubernetes quantities, kept as they came: one machine does not enforce them. */
export interface Resources {
  readonly memory?: string | undefined;
  readonly cpu?: string | undefined;
}

/** What a caller deploys: faas-provider's `FunctionDeployment` (MIT); docs/gateway.md says what each field does here. */
export interface FunctionDeployment {
  readonly service: string;
  readonly image: string;
  readonly namespace?: string | undefined;
  readonly envProcess?: string | undefined;
  readonly envVars?: Readonly<Record<string, string>> | undefined;
  readonly constraints?: readonly string[] | undefined;
  readonly secrets?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Resources | undefined;
  readonly requests?: Resources | undefined;
  readonly readOnlyRootFilesystem?: boolean | undefined;
}

/** Go's encoders write null where a map or list is empty; here that is the same as leaving it out. */
function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const text = (what: string) =>
  z.string(`expected ${what}`).refine((value) => !value.includes('\0'), `expected ${what}`);

/** A DNS label (RFC 1123), as Kubernetes wants of a service's name. Contains no '/', '.' or '..', so it may name a file. */
export const functionName = z
  .string('expected a function name')
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'expected 1 to 63 of a-z 0-9 -, with a letter or digit at both ends');

/** A DNS subdomain (RFC 1123), as Kubernetes wants of a secret's name. It cannot leave the folder that it is a file of. */
export const secretName = z
  .string('expected a secret name')
  .max(253, 'expected at most 253 characters')
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'expected a-z 0-9 - and single dots, with a letter or digit beside each dot and at both ends',
  );

const variables = "expected an object of strings, with names that are not empty and have no '='";
const variableName = z.string().regex(/^[^=\0]+$/);

const stringMap = z.record(z.string(), text('a string'), 'expected an object of strings');

const resources = z.object(
  { memory: optional(text('a quantity, for example "128Mi"')), cpu: optional(text('a quantity, for example "100m"')) },
  'expected an object with memory and cpu',
);

/** Unknown keys are dropped, not refused: newer clients of OpenFaaS send more than older gateways know. */
export const functionDeployment = z.object(
  {
    service: functionName,
    image: text('an image').min(1, 'expected an image'),
    namespace: optional(z.string('expected a namespace')),
    envProcess: optional(text('a command')),
    envVars: optional(z.record(variableName, text('a string'), variables)),
    constraints: optional(z.array(text('a string'), 'expected a list of strings')),
    secrets: optional(z.array(secretName, 'expected a list of secret names')),
    labels: optional(stringMap),
    annotations: optional(stringMap),
    limits: optional(resources),
    requests: optional(resources),
    readOnlyRootFilesystem: optional(z.boolean('expected true or false')),
  },
  'expected a JSON object',
);
