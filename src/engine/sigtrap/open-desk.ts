/** Gives a process a desk at which its threads make system calls for us: see call-desk.ts. */
import type { CallDeskCode } from '../../arch/arch.js';
import { toAddress, type Address } from '../../base/address.js';
import type { ThreadId } from '../../base/ids.js';
import type { Mapping } from '../../kernel/mapping.js';
import type { AddressSpace } from '../tracees/tracee.js';
import type { ProcessMemory } from '../memory/process-memory.js';
import { isDesk } from '../remote/call-desk.js';
import { mapPages } from '../remote/map-pages.js';

/**
 * The pages for it are mapped from a desk, too: in the last page of the vDSO, behind the kernel's code, which is zero
 * again afterwards.
 *
 * @param mappings of the process
 * @param tid      stands still, and at no trap
 */
export function openDesk(
  { arch, modules, memory, places, remote }: AddressSpace,
  mappings: readonly Mapping[],
  tid: ThreadId,
): void {
  const near = modules.mainProgram?.start;
  const { callDesk: code } = arch;
  if (code === undefined || near === undefined) return;
  const behindVdso = unusedVdso(mappings, memory, code);
  const first = behindVdso && remote.useDesk(code, behindVdso);
  const access = remote.access(tid, 'quiet');
  const room =
    access.kind === 'refused'
      ? undefined
      : places.reserveRoom(near, code.bytes, (at, bytes) =>
          mapPages(access.caller, arch, { at, bytes }),
        );
  first?.clear();
  if (room === undefined) remote.dropDesk();
  else remote.useDesk(code, room);
}

/** Room at the end of the vDSO: zeros, or in the last resort what a tracer left that was killed just there. */
function unusedVdso(
  mappings: readonly Mapping[],
  memory: ProcessMemory,
  code: CallDeskCode,
): Address | undefined {
  const vdso = mappings.find(({ path, executable }) => path === '[vdso]' && executable);
  if (vdso === undefined) return undefined;
  const bytes = new Uint8Array(code.bytes);
  let left: Address | undefined;
  for (let end = vdso.end; end - code.bytes >= vdso.start; end -= code.bytes) {
    const start = toAddress(end - code.bytes);
    if (memory.read(start, bytes) !== code.bytes) return left;
    if (bytes.every((byte) => byte === 0)) return start;
    if (!isDesk(code, bytes)) return left;
    left ??= start;
  }
  return left;
}
