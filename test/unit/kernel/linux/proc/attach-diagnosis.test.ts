import {
  attachError,
  type AttachFacts,
} from '../../../../../src/kernel/linux/proc/attach-diagnosis.js';
import { toProcessId } from '../../../../../src/base/ids.js';
import { anyStatus } from '../../../../support/scripted-kernel.js';

const SYS_PTRACE = 1n << 19n;

function messageFor(
  facts: Partial<AttachFacts>,
  status: Parameters<typeof anyStatus>[1] = {},
): string {
  return attachError({
    id: 4242,
    target: anyStatus(4242, { tracer: 0, uid: 1000, ...status }),
    ourProcess: 1,
    ourUid: 1000,
    ourCapabilities: 0n,
    yamaScope: undefined,
    isKernelThread: false,
    nameOf: () => 'gdb',
    ...facts,
  }).message;
}

describe('attachError', () => {
  it('names the tracer that holds the process', () => {
    expect(messageFor({}, { tracer: 4100 })).toBe(
      'cannot attach to 4242: already traced by 4100 (gdb)',
    );
  });

  it.each([
    ['no such process', { target: undefined }, {}],
    ['it has ended and waits to be reaped by 7 (zombie)', {}, { state: 'Z', parent: 7 }],
    ['that is tsltrace itself', { ourProcess: 99 }, { processId: toProcessId(99) }],
    ['it is a kernel thread', { isKernelThread: true, ourCapabilities: SYS_PTRACE }, { uid: 0 }],
    ['it belongs to user 0', {}, { uid: 0 }],
    ['it is not a child of tsltrace', { yamaScope: 1 }, {}],
    ['only CAP_SYS_PTRACE may attach', { yamaScope: 2 }, {}],
    ['the system forbids all tracing', { yamaScope: 3, ourCapabilities: SYS_PTRACE }, {}],
    ['without CAP_SYS_PTRACE; it may be set-user-ID', { yamaScope: 0 }, {}],
    ['a security module or a container', { ourCapabilities: SYS_PTRACE, yamaScope: 1 }, { uid: 0 }],
  ])('says "%s"', (text, facts, status) => {
    const message = messageFor(facts, status);
    expect(message).toContain(text);
    expect(message).not.toContain('\n');
  });
});
