/** Functions and system calls that hand bytes of a connection over: where their buffers are. */

export interface TransferFunction {
  readonly direction: 'in' | 'out';
  /** What the first argument names. */
  readonly stream: 'descriptor' | 'bio';
  /**
   * Second argument: a buffer; an array of struct iovec (its count is the third); a struct msghdr; an array of struct
   * mmsghdr, of which the result says how many count.
   */
  readonly buffers: 'buffer' | 'vector' | 'message' | 'messages';
  /** 'count': the result, negative for failure. 'through-fourth': 1, and the count is where the fourth points to. */
  readonly count: 'count' | 'through-fourth';
}

const input = (buffers: TransferFunction['buffers']): TransferFunction => ({
  direction: 'in',
  stream: 'descriptor',
  buffers,
  count: 'count',
});
const output = (buffers: TransferFunction['buffers']): TransferFunction => ({
  ...input(buffers),
  direction: 'out',
});
const bio = (
  direction: TransferFunction['direction'],
  count: TransferFunction['count'],
): TransferFunction => ({ direction, stream: 'bio', buffers: 'buffer', count });

/** read(2), recv(2), readv(2), recvmsg(2), recvmmsg(2) and their kin; the names with `_chk` are what _FORTIFY_SOURCE calls. */
const DESCRIPTOR_FUNCTIONS: readonly (readonly [string, TransferFunction])[] = [
  ['read', input('buffer')],
  ['__read_chk', input('buffer')],
  ['recv', input('buffer')],
  ['__recv_chk', input('buffer')],
  ['recvfrom', input('buffer')],
  ['__recvfrom_chk', input('buffer')],
  ['readv', input('vector')],
  ['preadv2', input('vector')],
  ['preadv64v2', input('vector')],
  ['recvmsg', input('message')],
  ['recvmmsg', input('messages')],
  ['write', output('buffer')],
  ['send', output('buffer')],
  ['sendto', output('buffer')],
  ['writev', output('vector')],
  ['pwritev2', output('vector')],
  ['pwritev64v2', output('vector')],
  ['sendmsg', output('message')],
  ['sendmmsg', output('messages')],
];

/** BIO_read(3): through these libssl reads and writes records. */
const BIO_FUNCTIONS: readonly (readonly [string, TransferFunction])[] = [
  ['BIO_read', bio('in', 'count')],
  ['BIO_write', bio('out', 'count')],
  ['BIO_read_ex', bio('in', 'through-fourth')],
  ['BIO_write_ex', bio('out', 'through-fourth')],
];

export const TRANSFER_FUNCTIONS: ReadonlyMap<string, TransferFunction> = new Map([
  ...DESCRIPTOR_FUNCTIONS,
  ...BIO_FUNCTIONS,
]);

/** System calls have the names and arguments of the functions around them. */
export const TRANSFER_SYSCALLS: ReadonlyMap<string, TransferFunction> = new Map(
  DESCRIPTOR_FUNCTIONS.filter(([name]) => !name.startsWith('__')),
);
