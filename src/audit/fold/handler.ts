/** What an audit does at a function: the tables of each library are maps from names to these. */
import type { Moment } from './moment.js';

export interface Handler {
  onCall?(at: Moment): void;
  onReturn?(at: Moment): void;
}

export type HandlerTable = Readonly<Record<string, Handler>>;

export const atReturn = (onReturn: (at: Moment) => void): Handler => ({ onReturn });
export const atCall = (onCall: (at: Moment) => void): Handler => ({ onCall });
