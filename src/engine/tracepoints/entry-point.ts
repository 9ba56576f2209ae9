/** What is reported when a call begins at a breakpoint site. */
import type { Address } from '../../base/address.js';
import type { CallCapture } from '../../lens/stopped-call.js';
import type { CallOrigin, CallRoute } from '../../trace/event.js';
import type { Module } from '../modules/module.js';

export interface EntryPoint {
  readonly origin: CallOrigin;
  readonly route: CallRoute;
  /** plt: the module whose PLT this is. entry: the module that contains the function. */
  readonly module: Module;
  readonly symbol: string;
  /** Other names of the same address. */
  readonly aliases: readonly string[];
  /** Ready to go into events. */
  readonly naming: { readonly version?: string; readonly demangled?: string };
  /** First instruction of the function; for PLT stubs the callee's is not known beforehand. */
  readonly entry?: Address;
  /** For PLT stubs: their own address. */
  readonly stub?: Address;
  /** For PLT stubs: the pointer they jump through. */
  readonly slot?: Address;
  /** For calls caught at the callee: may this module be the caller? PLT callers are checked when placed. */
  acceptsCaller(module: Module | undefined): boolean;
  /** Compiled when the first call is seen. */
  capture: CallCapture | undefined;
  /** The module that defines the function, once known. */
  callee: Module | undefined;
}
