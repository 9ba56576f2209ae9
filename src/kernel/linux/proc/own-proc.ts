/** Whether /proc is there, and tells of the processes that we see. */
import { UserError } from '../../../base/errors.js';
import { readLinkOr } from './proc-files.js';

/** @throws UserError when nothing can be traced by it */
export function requireProc(): void {
  const self = readLinkOr('/proc/self');
  if (self === '') {
    throw new UserError('/proc is not mounted, and nothing can be traced without it', MOUNT);
  }
  if (self === String(process.pid)) return;
  throw new UserError('/proc shows the processes of another PID namespace than ours', MOUNT);
}

const MOUNT = 'mount it: mount -t proc proc /proc';
