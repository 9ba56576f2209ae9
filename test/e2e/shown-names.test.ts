/** A name that the trace shows can be asked for, wherever functions are asked for. */
import { join } from 'node:path';
import { buildProgram, type BuildOptions } from '../support/build-programs.js';
import { inProject } from '../support/project.js';
import { runTsltrace, type Run } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { withTemporaryFolder } from '../support/temporary-folder.js';
import { hasTool, needs } from '../support/toolchain.js';

const itCompiles = skipUnless(hasTool('gcc'), needs('gcc'));
const CONF = ['-F', inProject('test/programs/device.conf')];
const DEVICE: BuildOptions = { library: 'lib-device', flags: ['-Wl,-z,lazy'] };
const program = () => buildProgram('calls-device', DEVICE);

/** How often each name is shown, with what stands before and behind it. */
function shown(text: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const name = /^(?:\[pid \d+\] )?(?:\d+ )?((?:[\w.-]+->)?device_\w+(?:@[\w.]+)?)\(/.exec(
      line,
    )?.[1];
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const traced = (...options: readonly string[]): Promise<Run> =>
  runTsltrace([...CONF, ...options, program()]);

/** What each choice takes of a run in which everything can be seen. */
const CHOICES: readonly (readonly [
  options: readonly string[],
  calls: Readonly<Record<string, number>>,
])[] = [
  [['-e', 'device_open'], { 'calls-device->device_open': 3 }],
  [['-e', 'device_set_*'], { 'calls-device->device_set_speed': 6 }],
  [['-e', '/device_set.*/@MAIN'], { 'calls-device->device_set_speed': 6 }],
  [['-e', 'calls-device->device_open'], { 'calls-device->device_open': 3 }],
  [['-e', 'device_stop'], { 'libdevice.so.1->device_stop': 1 }],
  [['-e', 'libdevice.so.1->device_stop'], { 'libdevice.so.1->device_stop': 1 }],
  [['-e', 'device_stop@MAIN'], {}],
  [
    ['-e', 'device_ctrl'],
    {
      'calls-device->device_open': 3,
      'calls-device->device_set_speed': 6,
      'calls-device->device_ctrl': 1,
      'libdevice.so.1->device_stop': 1,
    },
  ],
  [
    ['-e', 'device_*-device_set_speed-device_reset'],
    {
      'calls-device->device_open': 3,
      'calls-device->device_ctrl': 1,
      'libdevice.so.1->device_stop': 1,
    },
  ],
  [
    ['-e', 'device_open+device_reset@calls-device->libdevice*'],
    { 'calls-device->device_open': 3, 'calls-device->device_reset': 1 },
  ],
  [['-e', '@MAIN->libdevice.so.1-device_ctrl'], { 'calls-device->device_reset': 1 }],
  [['-L', '-x', 'device_open'], { 'device_open@libdevice.so.1': 3 }],
  [['-L', '-x', 'device_set_speed@libdevice*'], { 'device_set_speed@libdevice.so.1': 6 }],
  [['-L', '-x', 'device_ctrl@libdevice.so.1->libdevice.so.1'], { 'device_stop@libdevice.so.1': 1 }],
];

describe('a name that the trace shows', () => {
  for (const [options, calls] of CHOICES) {
    itCompiles(`is taken by ${options.join(' ')}`, async () => {
      const run = await traced(...options);
      expect(run).toMatchObject({ status: 0, timedOut: false });
      expect(shown(run.stderr)).toEqual(calls);
      if (Object.keys(calls).length > 0) expect(run.stderr).not.toContain('matched nothing');
    });
  }

  itCompiles('is taken from a recording as from the program', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await traced('-e', 'device_*', '-x', 'device_*', '-o', file);
      for (const [options, calls] of CHOICES) {
        const read = await runTsltrace(['--read', file, ...options]);
        // An entry takes the calls of the other modules, too: they were recorded as such.
        const entries = Object.fromEntries(
          Object.entries(shown(read.stderr)).filter(
            ([name]) => !options.includes('-x') || name.includes('@'),
          ),
        );
        expect({ options, calls: entries }).toEqual({ options, calls });
      }
    }),
  );

  itCompiles('is counted by -c, live and recorded', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await traced('-e', 'device_*', '-o', file);
      const counted = ['-c', '--summary-format', 'csv', '-e', 'device_open+device_ctrl@MAIN'];
      const live = await traced(...counted);
      const read = await runTsltrace([...CONF, '--read', file, ...counted]);
      const rows = (text: string) =>
        text
          .split('\n')
          .map((line) => line.split(',').slice(0, 2).join())
          .sort();
      expect(rows(live.stderr)).toEqual(
        ['', 'device_ctrl,1', 'device_open,3', 'device_set_speed,6', 'function,calls'].sort(),
      );
      expect(rows(read.stderr)).toEqual(rows(live.stderr));
    }),
  );

  itCompiles('is compared, and nothing else', () =>
    withTemporaryFolder(async (folder) => {
      const [all, some] = [join(folder, 'all.ndjson'), join(folder, 'some.ndjson')];
      await traced('-e', 'device_*', '-o', all);
      await traced('-e', 'device_open', '-o', some);
      const compared = (...options: readonly string[]) =>
        runTsltrace([...CONF, ...options, '--compare', all, some]);
      expect(await compared('-e', 'device_open')).toMatchObject({ status: 0 });
      const differs = await compared('-e', 'device_open+device_set_speed');
      expect(differs.status).toBe(1);
      expect(differs.stdout).toMatch(
        /^- calls-device->device_set_speed {2}6 -> 0 calls\n1 function differs/,
      );
    }),
  );

  itCompiles('is found by --list, which shows names that filters take', async () => {
    const list = await traced('--list', '-e', 'device_open');
    expect(list.stdout).toMatch(/^calls-device->device_ctrl in libdevice\.so\.1 /m);
    const first = /^(\S+) in libdevice/m.exec(list.stdout)?.[1] ?? '';
    const again = await traced('--list', '-e', first);
    expect(again.stdout).toContain(`${first} in libdevice.so.1`);
    const versions = await runTsltrace(['--list', '-e', 'exit', '/bin/true']);
    const versioned = /^(\S+@@GLIBC\S+) in libc/m.exec(versions.stdout)?.[1] ?? '';
    const same = await runTsltrace(['--list', '-e', versioned, '/bin/true']);
    expect(same.stdout).toContain(`${versioned} in libc.so.6`);
  });

  itCompiles('is that of a system call for --syscalls', async () => {
    const run = await runTsltrace(['-L', '--syscalls', 'SYS_openat', '/bin/true']);
    expect(run.status).toBe(0);
    expect(run.stderr).toContain('SYS_openat(');
  });

  itCompiles('is told of when it is none', async () => {
    const run = await traced('-e', 'device_opn+SYS_open');
    expect(run.stderr).toMatch(/rule 'device_opn' matched nothing: no module/);
    expect(run.stderr).toMatch(/rule 'SYS_open' matched nothing: [^\n]*--syscalls open\n/);
  });

  const itCompilesCpp = skipUnless(hasTool('g++'), needs('g++'));
  itCompilesCpp('is a readable C++ name, as -C shows it', async () => {
    const shapes = buildProgram('virtual-calls', { library: 'lib-shapes' });
    const all = await runTsltrace(['-C', '-L', '-x', '@MAIN+@libshapes*', shapes]);
    const lines = all.stderr.matchAll(/^([a-z]\w*::[^\n]*?\)(?: const)?)(?=@|\()/gim);
    const names = [...new Set([...lines].map((line) => line[1] ?? ''))];
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) {
      const one = await runTsltrace(['-C', '-L', '-x', name, shapes]);
      expect(one.stderr).toContain(name);
      expect(one.stderr).not.toContain('matched nothing');
    }
  });
});

describe('a name that nothing has', () => {
  itCompiles('is compared with shown names too', () =>
    withTemporaryFolder(async (folder) => {
      const file = join(folder, 'all.ndjson');
      await traced('-e', 'device_*', '-o', file);
      for (const [written, meant] of [
        ['device_set_sped', 'device_set_speed'],
        ['device_sotp', 'device_stop'],
      ] as const) {
        for (const option of ['-e', '-x']) {
          const asked = [...CONF, option, written];
          const runs = [
            await runTsltrace([...asked, program()]),
            await runTsltrace([...asked, '--list', program()]),
            await runTsltrace([...asked, '--read', file]),
          ];
          for (const { stdout, stderr } of runs) {
            expect(stdout + stderr).toContain(`did you mean ${meant}?`);
          }
        }
      }
    }),
  );
});
