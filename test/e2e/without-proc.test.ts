/** Where /proc is not there, or tells of other processes than ours, one line says so. */
import { spawnSync } from 'node:child_process';
import { buildProgram } from '../support/build-programs.js';
import { runProgram, tsltraceCommand } from '../support/run-tsltrace.js';
import { skipUnless } from '../support/skip-unless.js';
import { hasTool } from '../support/toolchain.js';

const canUnshare = spawnSync('unshare', ['-m', '-p', '-f', 'true']).status === 0;
const itUnshares = skipUnless(hasTool('gcc') && canUnshare, 'needs gcc, unshare and root');
const MEND = 'mount it: mount -t proc proc /proc';

describe.each([
  {
    where: 'without /proc',
    command: ['unshare', '-m', 'sh', '-c', 'umount -l /proc; exec "$@"', 'sh'],
    says: `tsltrace: /proc is not mounted, and nothing can be traced without it; ${MEND}\n`,
  },
  {
    where: 'in a PID namespace with the /proc of its parent',
    command: ['unshare', '-p', '-f'],
    says: `tsltrace: /proc shows the processes of another PID namespace than ours; ${MEND}\n`,
  },
])('$where', ({ command, says }) => {
  for (const kind of ['launched', 'attached', 'listed'] as const) {
    itUnshares(`a program that is to be ${kind}`, async () => {
      const words = {
        launched: ['-e', 'toupper', buildProgram('counts-calls')],
        attached: ['-p', '1'],
        listed: ['--list', buildProgram('counts-calls')],
      }[kind];
      const run = await runProgram([...command, ...tsltraceCommand(), ...words]);
      expect(run).toMatchObject({ status: 125, stderr: says, stdout: '' });
    });
  }
});

describe('in a PID namespace of its own', () => {
  itUnshares('everything is as ever', async () => {
    const traced = [...tsltraceCommand(), '-e', 'toupper', buildProgram('counts-calls'), '5'];
    const run = await runProgram(['unshare', '-p', '-f', '--mount-proc', ...traced]);
    expect(run).toMatchObject({ status: 0 });
    expect(run.stderr.match(/toupper/g)?.length).toBeGreaterThan(0);
  });
});
