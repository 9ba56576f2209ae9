import {
  parseCgroupMounts,
  parseCgroups,
  parseSyscall,
} from '../../../../../src/kernel/linux/proc/standing.js';

describe('parseSyscall', () => {
  it('reads the call in which a thread waits, its arguments and where it will go on', () => {
    const text = '56 0x4111 0x0 0xffffffffffffffff 0x3 0x4 0x5 0x7ffc00 0x7f00d3a0f545\n';
    expect(parseSyscall(text)).toEqual({
      call: { number: 56, args: [0x4111n, 0n, 2n ** 64n - 1n, 3n, 4n, 5n] },
      pc: 0x7f00d3a0f545,
    });
  });

  it('knows a thread that waits, but in no call', () => {
    expect(parseSyscall('-1 0x7ffc00 0x401000\n')).toEqual({ call: undefined, pc: 0x401000 });
  });

  it.each(['running\n', '', '0\n', '56 0x1\n', '-1 0x0 0xffffffffffffffff', '5 a b c d e f g h'])(
    'takes %j for neither',
    (text) => {
      expect(parseSyscall(text)).toEqual({ call: undefined, pc: undefined });
    },
  );
});

describe('cgroups', () => {
  it('are read of both versions', () => {
    expect(parseCgroups('6:freezer:/a b\n3:cpu,cpuacct:/\n0::/user.slice\nnonsense\n')).toEqual([
      { controllers: ['freezer'], path: '/a b' },
      { controllers: ['cpu', 'cpuacct'], path: '/' },
      { controllers: [''], path: '/user.slice' },
    ]);
  });

  it('are found where they are mounted', () => {
    const text =
      '36 25 0:30 / /sys/fs/cgroup/freezer rw,relatime shared:9 - cgroup cgroup rw,freezer\n' +
      '37 25 0:31 /docker/1 /cg rw - cgroup2 none rw,nsdelegate\n' +
      '38 25 8:1 / / rw - ext4 /dev/root rw\n';
    expect(parseCgroupMounts(text)).toEqual([
      { type: 'cgroup', root: '/', point: '/sys/fs/cgroup/freezer', options: ['rw', 'freezer'] },
      { type: 'cgroup2', root: '/docker/1', point: '/cg', options: ['rw', 'nsdelegate'] },
    ]);
  });
});
