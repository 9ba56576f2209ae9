/** What an HTML report keeps of single calls. */
import { CallSample } from '../../../../src/output/html/call-sample.js';
import { Script, site } from '../sample-events.js';

describe('a call of an HTML report', () => {
  it('has the line that made it, of the script or of the source, and none where nobody asked', () => {
    const sample = new CallSample('mangled');
    const script = new Script();
    const frame = {
      language: 'python',
      function: 'fetch',
      file: '/srv/a\x1b.py',
      line: 6,
    } as const;
    const source = { file: 'main.c', line: 12, column: 1 };
    for (const more of [{ script: [frame] }, { caller: { ...site(), source } }, {}]) {
      const call = script.call('read', [], more);
      sample.enter(call);
      sample.leave(script.ret(call));
    }
    const { calls, words } = sample.data();
    const origins = calls.map(([, , , , , , , , origin]) => words[origin]);
    expect(origins[0]).toMatch(/^\/srv\/a\\033\.py:6 in fetch$/);
    expect(origins.slice(1)).toEqual(['main.c:12', '']);
  });
});
