import { toProcessId } from '../../../../../src/base/ids.js';
import { ReadablePages } from '../../../../../src/kernel/linux/proc/readable-pages.js';

const [one, other] = [toProcessId(1), toProcessId(2)];

describe('ReadablePages', () => {
  it('knows each process for itself', () => {
    const pages = new ReadablePages();
    pages.add(one, 7);
    expect([pages.has(one, 7), pages.has(one, 8), pages.has(other, 7)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('forgets a process that has ended, and no other', () => {
    const pages = new ReadablePages();
    pages.add(one, 7);
    pages.add(other, 7);
    pages.forget(one);
    expect([pages.has(one, 7), pages.has(other, 7)]).toEqual([false, true]);
    pages.add(one, 8);
    expect([pages.has(one, 7), pages.has(one, 8)]).toEqual([false, true]);
  });

  it('stays small however much is read', () => {
    const pages = new ReadablePages();
    const count = 50_000;
    for (let page = 0; page < count; page++) pages.add(one, page);
    const known = Array.from({ length: count }, (_, page) => page).filter((page) =>
      pages.has(one, page),
    );
    expect(known.length).toBeLessThanOrEqual(16_384);
    expect(pages.has(one, count - 1)).toBe(true);
  });
});
