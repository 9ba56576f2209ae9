/** Calls on OpenSSL as an audit gets to see them, made up by a test. */
import { toAddress } from '../../src/base/address.js';
import { toCallId, toProcessId, toThreadId } from '../../src/base/ids.js';
import type { CallEvent, TraceEvent } from '../../src/trace/event.js';
import type { Argument, Value } from '../../src/trace/value.js';

const PID = toProcessId(42);
const TID = toThreadId(42);

export const word = (value: number): Value => ({ kind: 'pointer', address: value });
export const int = (value: number): Value => ({
  kind: 'integer',
  value,
  bits: 32,
  signed: true,
  style: 'decimal',
});

export interface MadeCall {
  readonly args?: readonly number[];
  readonly result?: number;
  /** Of a handshake, that pass in it. */
  readonly records?: readonly number[];
  readonly caller?: string;
}

export class AuditedCalls {
  private last = 0;

  constructor(
    private readonly accept: (event: TraceEvent) => void,
    how: 'launch' | 'attach' = 'launch',
  ) {
    const where = { pid: PID, tid: TID, at: 0 };
    accept({ kind: 'process-started', ...where, how, program: '/bin/server' });
  }

  /** A call with those that happen inside it. */
  call(symbol: string, made: MadeCall = {}, inside: () => void = () => undefined): void {
    const id = ++this.last;
    const { args = [], result = 1, records, caller = 'server' } = made;
    const where = { pid: PID, tid: TID, at: id };
    const call: CallEvent = {
      kind: 'call',
      ...where,
      call: toCallId(id),
      depth: 0,
      origin: 'function',
      route: 'entry',
      caller: { returnAddress: toAddress(0x1000), module: caller, offset: 0x1000 },
      library: 'libssl.so.3',
      symbol,
      inMainProgram: false,
      args: args.map((raw, index): Argument => ({ name: `a${index}`, value: word(raw), raw })),
    };
    this.accept(call);
    inside();
    const outArgs: readonly Argument[] =
      records === undefined
        ? []
        : [
            {
              name: 'records',
              value: {
                kind: 'buffer',
                bytes: Uint8Array.from(records),
                length: records.length,
                style: 'hex',
              },
            },
          ];
    this.accept({
      kind: 'return',
      ...where,
      call,
      result: int(result),
      rawResult: result,
      outArgs,
    });
  }
}
