/** System calls that let a thread wait with another signal mask than its own, and where they have that mask. */
import type { MaskedWaits, WaitMask } from '../arch.js';

/**
 * 'set': a pointer to the set. 'pair': a pointer to a pointer to it, with its size (pselect(2)). 'awaited': the signals of
 * the set are waited for, and not blocked meanwhile. 'value': the set itself. 'ring': io_uring_enter(2).
 */
type Form = 'set' | 'pair' | 'awaited' | 'value' | 'ring';
type Wait = { readonly form: Form; readonly argument: number };

/** <asm/unistd_64.h> */
const X86_64 = new Map<number, Wait>([
  [128, { form: 'awaited', argument: 0 }], // rt_sigtimedwait
  [130, { form: 'set', argument: 0 }], // rt_sigsuspend
  [270, { form: 'pair', argument: 5 }], // pselect6
  [271, { form: 'set', argument: 3 }], // ppoll
  [281, { form: 'set', argument: 4 }], // epoll_pwait
  [333, { form: 'pair', argument: 5 }], // io_pgetevents
  [426, { form: 'ring', argument: 4 }], // io_uring_enter
  [441, { form: 'set', argument: 4 }], // epoll_pwait2
]);

/** <asm/unistd_32.h> */
const I386 = new Map<number, Wait>([
  [72, { form: 'value', argument: 2 }], // sigsuspend
  [177, { form: 'awaited', argument: 0 }], // rt_sigtimedwait
  [179, { form: 'set', argument: 0 }], // rt_sigsuspend
  [308, { form: 'pair', argument: 5 }], // pselect6
  [309, { form: 'set', argument: 3 }], // ppoll
  [319, { form: 'set', argument: 4 }], // epoll_pwait
  [385, { form: 'pair', argument: 5 }], // io_pgetevents
  [413, { form: 'pair', argument: 5 }], // pselect6_time64
  [414, { form: 'set', argument: 3 }], // ppoll_time64
  [416, { form: 'pair', argument: 5 }], // io_pgetevents_time64
  [421, { form: 'awaited', argument: 0 }], // rt_sigtimedwait_time64
  [426, { form: 'ring', argument: 4 }], // io_uring_enter
  [441, { form: 'set', argument: 4 }], // epoll_pwait2
]);

export const maskedWaits64 = maskedWaits(X86_64, 8);
export const maskedWaits32 = maskedWaits(I386, 4);

function maskedWaits(waits: ReadonlyMap<number, Wait>, wordBytes: 4 | 8): MaskedWaits {
  return {
    maskOf: ({ number, args }) => {
      const wait = waits.get(number);
      if (wait === undefined) return { kind: 'own' };
      const word = args[wait.argument] ?? 0n;
      switch (wait.form) {
        case 'set':
          return ifGiven(word, { kind: 'at', address: word });
        case 'pair':
          return ifGiven(word, { kind: 'behind', address: word, pointerBytes: wordBytes });
        case 'awaited':
          return ifGiven(word, { kind: 'awaited', address: word });
        case 'value':
          return { kind: 'unknown' };
        case 'ring':
          return maskOfRing(args[FLAGS_OF_RING] ?? 0n, word);
      }
    },
  };
}

const FLAGS_OF_RING = 3;
// <linux/io_uring.h>: the argument is a struct io_uring_getevents_arg, which begins with the pointer, or an offset of one.
const IORING_ENTER_EXT_ARG = 1n << 3n;
const IORING_ENTER_EXT_ARG_REG = 1n << 6n;

function maskOfRing(flags: bigint, word: bigint): WaitMask {
  if ((flags & IORING_ENTER_EXT_ARG_REG) !== 0n) return { kind: 'unknown' };
  const isExtended = (flags & IORING_ENTER_EXT_ARG) !== 0n;
  return ifGiven(
    word,
    isExtended ? { kind: 'behind', address: word, pointerBytes: 8 } : { kind: 'at', address: word },
  );
}

function ifGiven(word: bigint, mask: WaitMask): WaitMask {
  return word === 0n ? { kind: 'own' } : mask;
}
