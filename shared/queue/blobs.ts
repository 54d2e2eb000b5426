/** The id under which a task's own output is kept. No task has one with a slash, so it is nobody's payload. */
export function resultBlob(task: string): string {
  return `${task}/result`;
}

/** Bytes too large for a task's JSON: one key per task, capped in size, in total, and in time. */
export interface Blobs {
  /** Stores bytes under a task's id. BODY_TOO_LARGE over the cap; BLOBS_FULL when the farm holds its total already. */
  put(id: string, bytes: Buffer): Promise<void>;
  /** Null when it expired or was deleted. */
  get(id: string): Promise<Buffer | null>;
  delete(id: string): Promise<void>;
  /** Bytes that the farm holds now, and may hold. */
  usage(): Promise<{ bytes: number; maxBytes: number }>;
}
