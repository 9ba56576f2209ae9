import { toProcessId, toThreadId } from '../../../src/base/ids.js';
import { Emitter } from '../../../src/engine/emitter.js';
import type { NoticeEvent, TraceEvent } from '../../../src/trace/event.js';

function notice(text: string): NoticeEvent {
  return {
    kind: 'notice',
    pid: toProcessId(1),
    tid: toThreadId(1),
    at: 0,
    severity: 'info',
    text,
  };
}

function emitterFor(mayLag: boolean, failsAt?: string): { emitter: Emitter; seen: string[] } {
  const seen: string[] = [];
  const accept = (event: TraceEvent): void => {
    const text = event.kind === 'notice' ? event.text : event.kind;
    seen.push(text);
    if (text === failsAt) throw new Error('full');
  };
  return { emitter: new Emitter({ accept, mayLag }, () => 0), seen };
}

describe('an output that somebody looks at', () => {
  it('gets each event at once', () => {
    const { emitter, seen } = emitterFor(false);
    emitter.emit(notice('a'));
    expect(seen).toEqual(['a']);
    expect(emitter.isBehind).toBe(false);
  });
});

describe('an output that may lag', () => {
  it('gets events when there is time, in their order', () => {
    const { emitter, seen } = emitterFor(true);
    emitter.emit(notice('a'));
    emitter.emit(notice('b'));
    expect(seen).toEqual([]);
    expect(emitter.isBehind).toBe(true);
    emitter.catchUp();
    expect(seen).toEqual(['a', 'b']);
    expect(emitter.isBehind).toBe(false);
  });

  it('is never far behind', () => {
    const { emitter, seen } = emitterFor(true);
    const texts = Array.from({ length: 100 }, (_, index) => `${index}`);
    for (const text of texts) emitter.emit(notice(text));
    expect(seen.length).toBeGreaterThan(texts.length - 20);
    emitter.catchUp();
    expect(seen).toEqual(texts);
  });

  it('is not given twice what it failed at, and nothing else is lost', () => {
    const { emitter, seen } = emitterFor(true, 'b');
    for (const text of ['a', 'b', 'c']) emitter.emit(notice(text));
    expect(() => emitter.catchUp()).toThrow('full');
    emitter.catchUp();
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});
