/**
 * Every error that a user, a client or another process can meet, in one registry: a stable code, the HTTP status it
 * travels with, and what it means. docs/errors.md lists the same rows; a test compares the two.
 */
export const errorRegistry = {
  CONFIG_INVALID: { status: 500, meaning: 'farm.yml, an override or a secret is not usable' },
  USAGE: { status: 400, meaning: 'a command was given arguments that it does not take' },
  BODY_INVALID: {
    status: 400,
    meaning: 'a request is malformed: not JSON, of another type, an address that cannot be read',
  },
  FIELD_INVALID: { status: 422, meaning: 'a field of a request breaks its schema' },
  BODY_TOO_LARGE: { status: 413, meaning: 'a request body or a payload is over its limit' },
  UNAUTHORISED: { status: 401, meaning: "the farm's token is missing or wrong" },
  FORBIDDEN: { status: 403, meaning: 'a page of another site asked a browser to change something' },
  TOO_MANY_REQUESTS: { status: 429, meaning: 'a client asks more often than it may, or too many watch at once' },
  NOT_FOUND: { status: 404, meaning: 'no such route, function, run, task or record' },
  CONFLICT: { status: 409, meaning: 'the request contradicts what is there' },
  UNKNOWN_WORKLOAD: { status: 422, meaning: 'no workload has that name, and no file either' },
  WORKLOAD_INVALID: { status: 422, meaning: 'a workload or its trace is malformed or breaks its schema' },
  UNKNOWN_POLICY: { status: 422, meaning: 'no policy has that name' },
  UNKNOWN_PROFILE: { status: 422, meaning: 'no timing profile has that name' },
  UNKNOWN_AGENT: { status: 422, meaning: 'no learning agent has that name' },
  MODEL_INVALID: { status: 400, meaning: 'a saved model is damaged, or not one that this version reads' },
  TRAINING_DIVERGED: { status: 500, meaning: 'a number that training needs is not finite' },
  RECORDINGS_INVALID: { status: 400, meaning: 'a file of recorded episodes is malformed or breaks its schema' },
  RUN_INVALID: { status: 400, meaning: 'a run directory lacks what is to be read from it' },
  UNKNOWN_KIND: { status: 422, meaning: 'no task kind has that name' },
  BLOB_GONE: { status: 410, meaning: "a task's payload expired or was deleted" },
  BLOBS_FULL: { status: 507, meaning: 'the farm holds as many payload bytes as it may' },
  REDIS_UNREACHABLE: { status: 503, meaning: 'Redis does not answer' },
  REDIS_REFUSED: { status: 503, meaning: 'Redis and we do not agree on user, password, certificate or version' },
  REDIS_FULL: { status: 503, meaning: 'Redis has no memory or no disk left and refuses to write' },
  REDIS_MISSING: { status: 503, meaning: 'no Redis server can be found or installed on this machine' },
  DOCKER_UNREACHABLE: { status: 503, meaning: 'no Docker engine answers on this machine' },
  IMAGE_MISSING: { status: 503, meaning: "the Docker engine does not have a function's image" },
  GATEWAY_UNREACHABLE: { status: 503, meaning: 'the OpenFaaS gateway does not answer' },
  GATEWAY_REFUSED: { status: 502, meaning: 'the OpenFaaS gateway answers with an error' },
  CLUSTER_UNREACHABLE: { status: 503, meaning: 'the Kubernetes API server does not answer' },
  CLUSTER_REFUSED: { status: 502, meaning: 'the Kubernetes API server answers with an error' },
  FARM_DOWN: { status: 503, meaning: 'no farm is up on this machine' },
  FARM_DIFFERS: { status: 409, meaning: 'a farm is up with another configuration' },
  PORT_IN_USE: { status: 409, meaning: 'another program listens on the port' },
  FILE_REFUSED: { status: 500, meaning: 'the system does not let a file or folder be made, read or written' },
  START_FAILED: { status: 500, meaning: 'a process did not become ready in time' },
  NOT_READY: { status: 503, meaning: 'the function is starting or stopping' },
  INTERNAL: { status: 500, meaning: 'a defect in Farmhand' },
} as const;

export type ErrorCode = keyof typeof errorRegistry;

/** An error that tells its reader what failed, why, and what to do. The message is for people; the code for programs. */
export class FarmhandError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'FarmhandError';
    this.code = code;
    this.status = errorRegistry[code].status;
  }
}

/** Whatever was thrown, as an Error that keeps its cause. */
export function coerceError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === 'string' ? thrown : `thrown value: ${JSON.stringify(thrown)}`, { cause: thrown });
}
