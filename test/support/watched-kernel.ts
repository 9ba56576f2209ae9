/** A kernel that tells of every request before it is made. */
import type { Kernel } from '../../src/kernel/kernel.js';

export function watched(kernel: Kernel, before: (request: string) => void): Kernel {
  return new Proxy(kernel, {
    get(inner, key) {
      const member: unknown = Reflect.get(inner, key);
      if (typeof member !== 'function') return member;
      return (...words: unknown[]): unknown => {
        before(String(key));
        return Reflect.apply(member, inner, words);
      };
    },
  });
}
