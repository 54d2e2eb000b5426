/** When a write is on disk: before it is answered, within a second, or never (no append-only file at all). */
export type AppendMode = 'always' | 'everysec' | 'none';

/** As lines of redis.conf. */
export const appendSettings: Record<AppendMode, readonly string[]> = {
  always: ['appendonly yes', 'appendfsync always'],
  everysec: ['appendonly yes', 'appendfsync everysec'],
  none: ['appendonly no'],
};
