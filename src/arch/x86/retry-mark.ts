/** EFLAGS hold nothing that matters at the first instruction of a function, or where a call returns. */
import type { RetryMark } from '../arch.js';

/** Offset of eflags in struct user_regs_struct, <sys/user.h>. */
const FLAGS = 144;
/** EFLAGS.ZF, SF and RF, Intel SDM volume 1, 3.4.3. A result that is zero has no sign: no program has both flags set. */
const ZERO_AND_SIGN_FLAGS = (1 << 6) | (1 << 7);
const RESUME_FLAG = 1 << 16;

export const x86RetryMark: RetryMark = {
  register: FLAGS,
  plain: (flags) => flags & ~RESUME_FLAG,
  marked: (flags) => flags | ZERO_AND_SIGN_FLAGS,
};
