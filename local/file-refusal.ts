import { FarmhandError } from '#shared/errors.ts';

const elsewhere = 'use a folder that this user may write to (FARM_STATE_DIR for what the farm keeps)';

/** What the system's answer means for whoever runs the farm, by Node's code for it. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room and try again',
  EDQUOT: "this user's share of the disk is used up; make room and try again",
  EACCES: elsewhere,
  EPERM: elsewhere,
  EROFS: elsewhere,
  EEXIST: 'a file stands where a folder belongs; move it, or name another folder',
  ENOTDIR: 'a file stands where a folder belongs; move it, or name another folder',
  EMFILE: "too many files are open; raise the user's limit (ulimit -n)",
  ENFILE: 'too many files are open on this machine',
};

/**
 * A file or folder that the system refused, as an error that says what to do; null when `thrown` is anything else. For the
 * edge of a process: there it would pass for a defect of ours.
 */
export function fileRefusal(thrown: Error): FarmhandError | null {
  const { code = '', syscall } = thrown as NodeJS.ErrnoException;
  const remedy = remedies[code];
  if (remedy === undefined || syscall === undefined) return null;
  return new FarmhandError('FILE_REFUSED', `${thrown.message}: ${remedy}`, { cause: thrown });
}
