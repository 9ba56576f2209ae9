// Hot path: runs at every read and write that an audit watches.
/** Captures what a call reads or writes of a TLS handshake, and nothing else of what passes through it. */
import { signedWord, toAddress } from '../../base/address.js';
import type { CallAbi } from '../../arch/call-abi.js';
import type { CType } from '../../ctype/ctype.js';
import type { Argument } from '../../trace/value.js';
import { FramePlan, type Frame } from '../frame.js';

import type {
  CallCapture,
  EnteredCall,
  LeftCall,
  MemoryReader,
  StoppedCall,
} from '../stopped-call.js';
import { readPointer } from '../word.js';
import { NO_RECORDS } from './record-tap.js';
import type { RecordTaps } from './record-taps.js';
import {
  messagesOfVector,
  piecesOfMessage,
  piecesOfVector,
  ScatteredBytes,
  type Piece,
  type ScatteredMessage,
} from './scattered-bytes.js';
import type { TransferFunction } from './transfer-functions.js';

/** Name of the argument with the records, in events. */
export const RECORDS = 'records';

const WORD: CType = { kind: 'integer', size: 'long', signed: true, character: false };
const NO_OUTPUTS: readonly Argument[] = [];

/** The four words that are passed; kept until the return. */
class Transfer implements EnteredCall {
  readonly args: readonly Argument[];

  constructor(
    readonly stream: number | bigint,
    readonly frame: Frame,
    isDescriptor: boolean,
  ) {
    this.args = [
      isDescriptor
        ? {
            name: 'fd',
            value: {
              kind: 'integer',
              value: Number(stream) | 0,
              bits: 32,
              signed: true,
              style: 'decimal',
            },
            raw: stream,
          }
        : { name: 'bio', value: { kind: 'pointer', address: stream }, raw: stream },
    ];
  }
}

/**
 * A function and the system call in it hand the same bytes over: each has streams of its own. 'numbered': the function
 * takes the number of the call before its arguments.
 */
export type CaughtAs = 'function' | 'numbered' | 'syscall';

export class HandshakeCapture implements CallCapture {
  private readonly plan: FramePlan;
  private readonly wordBytes: 4 | 8;

  constructor(
    private readonly transfer: TransferFunction,
    private readonly abi: CallAbi,
    private readonly taps: RecordTaps,
    private readonly caughtAs: CaughtAs,
  ) {
    const allocator = abi.argumentsOf({ kind: 'void' });
    const before = caughtAs === 'numbered' ? 1 : 0;
    const places = Array.from({ length: before + 4 }, () => allocator.next(WORD));
    this.plan = new FramePlan(places.slice(before));
    this.wordBytes = abi.layout.wordBytes;
  }

  enter(at: StoppedCall): EnteredCall {
    const frame = this.plan.makeFrame();
    this.plan.fill(frame, at);
    return new Transfer(this.word(frame, 0), frame, this.transfer.stream === 'descriptor');
  }

  leave(at: StoppedCall, entered: EnteredCall): LeftCall {
    const { resultRegister } = this.abi;
    const isWord = this.wordBytes === 8 && this.transfer.stream === 'descriptor';
    const result = isWord
      ? signedWord(at.registers, resultRegister)
      : at.registers.getInt32(resultRegister, true);
    const records = entered instanceof Transfer ? this.recordsOf(at, entered, result) : NO_RECORDS;
    return {
      result: {
        kind: 'integer',
        value: result,
        bits: isWord ? 64 : 32,
        signed: true,
        style: 'decimal',
      },
      rawResult: result,
      outArgs: records.length === 0 ? NO_OUTPUTS : [recordsArgument(records)],
    };
  }

  private recordsOf(at: StoppedCall, entered: Transfer, result: number | bigint): Uint8Array {
    const { memory } = at;
    const { transfer } = this;
    const count = this.countOf(memory, entered, result);
    if (count <= 0) return NO_RECORDS;
    const layer = this.caughtAs === 'syscall' ? 'syscall' : 'function';
    const stream = `${layer} ${transfer.stream} ${transfer.direction} ${entered.stream}`;
    const take = ({ pieces, length }: ScatteredMessage): Uint8Array =>
      pieces.length === 0
        ? NO_RECORDS
        : this.taps.take(memory, stream, new ScatteredBytes(memory, pieces, length));
    if (transfer.buffers !== 'messages') {
      return take({ pieces: this.piecesOf(memory, entered), length: count });
    }
    const first = this.word(entered.frame, 1);
    const messages = [...messagesOfVector(memory, first, count, this.wordBytes)];
    return Uint8Array.from(messages.flatMap((message) => [...take(message)]));
  }

  /** How many bytes were handed over, 0 for none. */
  private countOf(memory: MemoryReader, entered: Transfer, result: number | bigint): number {
    // A count that is no safe number is none: no buffer is that long.
    if (this.transfer.count === 'count') return typeof result === 'bigint' ? 0 : result;
    const at = this.word(entered.frame, 3);
    if (result !== 1 || typeof at === 'bigint' || at === 0) return 0;
    const bytes = new Uint8Array(this.wordBytes);
    if (memory.read(toAddress(at), bytes) < bytes.length) return 0;
    return Number(readPointer(new DataView(bytes.buffer), 0, this.wordBytes));
  }

  private piecesOf(memory: MemoryReader, { frame }: Transfer): readonly Piece[] {
    const at = this.word(frame, 1);
    switch (this.transfer.buffers) {
      case 'buffer':
        return typeof at === 'bigint' ? [] : [{ address: at, length: Infinity }];
      case 'vector':
        return piecesOfVector(memory, at, Number(this.word(frame, 2)), this.wordBytes);
      case 'message':
        return piecesOfMessage(memory, at, this.wordBytes);
      case 'messages':
        return [];
    }
  }

  private word(frame: Frame, index: number): number | bigint {
    return readPointer(frame.view, this.plan.offsets[index] ?? 0, this.wordBytes);
  }
}

function recordsArgument(bytes: Uint8Array): Argument {
  return { name: RECORDS, value: { kind: 'buffer', bytes, length: bytes.length, style: 'hex' } };
}
