/** The strings and arrays that execve(2) and the launch code read, in one block of memory. */
import { setWord } from '../../../base/address.js';
import type { ExecString, GivenDescriptor, LaunchSpec } from '../../launch-spec.js';
import { NativeBlock } from '../native-memory.js';

const POINTER_BYTES = 8;

export class StringBlock {
  /** Addresses. */
  readonly program: number;
  readonly argv: number;
  readonly environment: number;
  readonly descriptors: number;
  readonly groups: number;
  /** 0 where none is named. */
  readonly directory: number;
  private readonly memory: NativeBlock;
  private used = 0;

  constructor(spec: LaunchSpec, descriptors: readonly GivenDescriptor[]) {
    const { workingDirectory } = spec;
    const strings = [
      spec.program,
      ...spec.argv,
      ...spec.environment,
      ...(workingDirectory === undefined ? [] : [workingDirectory]),
    ];
    const pairs = descriptors.flatMap((given) => [given.descriptor, given.as]);
    const groups = spec.identity?.groups ?? [];
    const text = strings.reduce<number>((sum, string) => sum + Buffer.byteLength(string) + 1, 0);
    const pointers = (strings.length + 3) * POINTER_BYTES;
    this.memory = new NativeBlock(pointers + text + (pairs.length + groups.length + 4) * 4);
    this.argv = this.pointerArray(spec.argv);
    this.environment = this.pointerArray(spec.environment);
    this.descriptors = this.integerArray([...pairs, -1]);
    this.groups = this.integerArray(groups);
    this.program = this.string(spec.program);
    this.directory = workingDirectory === undefined ? 0 : this.string(workingDirectory);
    this.fill(this.argv, spec.argv);
    this.fill(this.environment, spec.environment);
  }

  free(): void {
    this.memory.free();
  }

  private pointerArray(strings: readonly ExecString[]): number {
    return this.reserve((strings.length + 1) * POINTER_BYTES);
  }

  private integerArray(values: readonly number[]): number {
    const address = this.reserve(values.length * 4);
    values.forEach((value, index) => {
      this.memory.view.setInt32(address - this.memory.address + index * 4, value | 0, true);
    });
    return address;
  }

  private string(text: ExecString): number {
    const encoded = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
    const address = this.reserve(encoded.length + 1);
    this.memory.bytes.set(encoded, address - this.memory.address);
    return address;
  }

  private fill(array: number, strings: readonly ExecString[]): void {
    strings.forEach((text, index) => {
      const slot = array - this.memory.address + index * POINTER_BYTES;
      setWord(this.memory.view, slot, this.string(text));
    });
  }

  private reserve(bytes: number): number {
    const address = this.memory.address + this.used;
    this.used += bytes;
    return address;
  }
}
