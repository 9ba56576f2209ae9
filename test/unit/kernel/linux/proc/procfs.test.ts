import {
  parseMappings,
  parseStatus,
  readStatus,
} from '../../../../../src/kernel/linux/proc/procfs.js';

describe('parseMappings', () => {
  it('reads addresses, the right to execute and paths', () => {
    const text =
      '55d0c0a00000-55d0c0a21000 r-xp 00002000 fd:01 1234567 /usr/bin/some program (deleted)\n' +
      '7ffd1000-7ffd2000 rw-s 00000000 00:00 0 \n' +
      '7fff0000-7fff1000 ---p 00000000 00:00 0                          [stack]\n';
    expect(parseMappings(text)).toEqual([
      {
        start: 0x55d0c0a00000,
        end: 0x55d0c0a21000,
        executable: true,
        path: '/usr/bin/some program (deleted)',
        offset: 0x2000,
        file: 'fd:01 1234567',
      },
      { start: 0x7ffd1000, end: 0x7ffd2000, executable: false, path: '', offset: 0, file: '' },
      {
        start: 0x7fff0000,
        end: 0x7fff1000,
        executable: false,
        path: '[stack]',
        offset: 0,
        file: '',
      },
    ]);
  });

  it('decodes UTF-8 and newlines in paths', () => {
    const line = Buffer.from('1000-2000 r--p 0 00:01 5 /tmp/ä\\012b').toString('latin1');
    expect(parseMappings(line)[0]?.path).toBe('/tmp/ä\nb');
  });

  it('skips what it does not understand', () => {
    expect(parseMappings('nonsense\n\nff-\n')).toEqual([]);
  });
});

describe('parseStatus', () => {
  it('reads ids, state and signal masks', () => {
    const text = [
      'Name:\tworker: 1',
      'State:\tt (tracing stop)',
      'Tgid:\t41',
      'Pid:\t42',
      'PPid:\t7',
      'TracerPid:\t9',
      'Uid:\t1000\t1001\t1000\t1000',
      'SigPnd:\t0000000000000001',
      'ShdPnd:\t8000000000000000',
      'SigBlk:\t0000000000000002',
      'SigIgn:\t0000000000001000',
    ].join('\n');
    expect(parseStatus(text)).toMatchObject({
      name: 'worker: 1',
      state: 't',
      processId: 41,
      parent: 7,
      tracer: 9,
      uid: 1000,
      pending: 1n,
      sharedPending: 0x8000000000000000n,
      blocked: 2n,
      ignored: 0x1000n,
    });
  });

  it('survives missing fields', () => {
    expect(parseStatus('').state).toBe('?');
  });
});

describe('readStatus', () => {
  it('finds this process and not one that cannot exist', () => {
    expect(readStatus('self')?.processId).toBe(process.pid);
    expect(readStatus(0x7fffffff)).toBeUndefined();
  });
});
