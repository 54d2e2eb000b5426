import type { ErrorCode } from '#shared/errors.ts';

/** What the process ends with; docs/cli.md has the same table, and a test compares the two. */
export const EXIT = {
  ok: 0,
  /** The command ran, and some work did not come out: dead letters, lost tasks, an id that nobody knows. */
  workFailed: 1,
  /** The command line, farm.yml or a file is not usable; nothing was started. */
  usage: 2,
  /** The farm, its gateway or Redis cannot be reached or started, or this machine refuses a file. */
  unreachable: 3,
  /** A defect in Farmhand (EX_SOFTWARE of sysexits.h). */
  defect: 70,
  /** 128 + SIGHUP, SIGINT and SIGTERM, as shells count. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const codes: Readonly<Record<ErrorCode, ExitCode>> = {
  CONFIG_INVALID: EXIT.usage,
  USAGE: EXIT.usage,
  BODY_INVALID: EXIT.usage,
  FIELD_INVALID: EXIT.usage,
  BODY_TOO_LARGE: EXIT.usage,
  UNKNOWN_WORKLOAD: EXIT.usage,
  WORKLOAD_INVALID: EXIT.usage,
  UNKNOWN_POLICY: EXIT.usage,
  UNKNOWN_AGENT: EXIT.usage,
  MODEL_INVALID: EXIT.usage,
  UNKNOWN_PROFILE: EXIT.usage,
  RECORDINGS_INVALID: EXIT.usage,
  RUN_INVALID: EXIT.usage,
  UNKNOWN_KIND: EXIT.usage,
  FARM_DIFFERS: EXIT.usage,
  PORT_IN_USE: EXIT.usage,
  NOT_FOUND: EXIT.workFailed,
  CONFLICT: EXIT.workFailed,
  TRAINING_DIVERGED: EXIT.workFailed,
  BLOB_GONE: EXIT.workFailed,
  BLOBS_FULL: EXIT.workFailed,
  UNAUTHORISED: EXIT.unreachable,
  FORBIDDEN: EXIT.unreachable,
  TOO_MANY_REQUESTS: EXIT.unreachable,
  REDIS_UNREACHABLE: EXIT.unreachable,
  REDIS_REFUSED: EXIT.unreachable,
  REDIS_FULL: EXIT.unreachable,
  REDIS_MISSING: EXIT.unreachable,
  DOCKER_UNREACHABLE: EXIT.unreachable,
  IMAGE_MISSING: EXIT.unreachable,
  GATEWAY_UNREACHABLE: EXIT.unreachable,
  GATEWAY_REFUSED: EXIT.unreachable,
  CLUSTER_UNREACHABLE: EXIT.unreachable,
  CLUSTER_REFUSED: EXIT.unreachable,
  FARM_DOWN: EXIT.unreachable,
  FILE_REFUSED: EXIT.unreachable,
  START_FAILED: EXIT.unreachable,
  NOT_READY: EXIT.unreachable,
  INTERNAL: EXIT.defect,
};

export function exitCodeFor(code: ErrorCode): ExitCode {
  return codes[code];
}
