/** Numbers as C's printf writes them. */

type Exact = number | bigint;

/** Words of unknown type up to here are shown in decimal: ltrace's rule. */
const GUESS_LIMIT = 10000;

/** The two's complement pattern of `bits` bits, without prefix. */
export function unsignedPattern(value: Exact, bits: number, radix: 8 | 16): string {
  if (value >= 0) return value.toString(radix);
  return BigInt.asUintN(bits, BigInt(value)).toString(radix);
}

export function formatHex(value: Exact, bits: number): string {
  return value == 0 ? '0' : `0x${unsignedPattern(value, bits, 16)}`;
}

export function formatOctal(value: Exact, bits: number): string {
  return `0${unsignedPattern(value, bits, 8)}`;
}

export function formatGuess(value: Exact, bits: number): string {
  return value >= -GUESS_LIMIT && value <= GUESS_LIMIT ? `${value}` : formatHex(value, bits);
}

/** `%f`. */
export function formatFixed(value: number): string {
  const special = formatSpecial(value);
  if (special !== undefined) return special;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + fixedMagnitude(Math.abs(value));
}

/** `%a`, ISO C 7.21.6.1: a normalised double has the leading digit 1. */
export function formatHexFloat(value: number): string {
  const special = formatSpecial(value);
  if (special !== undefined) return special;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const high = view.getUint32(0);
  const sign = high >>> 31 === 1 ? '-' : '';
  const biasedExponent = (high >>> 20) & 0x7ff;
  const fraction =
    (high & 0xfffff).toString(16).padStart(5, '0') +
    view.getUint32(4).toString(16).padStart(8, '0');
  const digits = fraction.replace(/0+$/, '');
  const point = digits === '' ? '' : `.${digits}`;
  if (biasedExponent === 0) {
    return digits === '' ? `${sign}0x0p+0` : `${sign}0x0${point}p-1022`;
  }
  const exponent = biasedExponent - 1023;
  return `${sign}0x1${point}p${exponent < 0 ? '' : '+'}${exponent}`;
}

function formatSpecial(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  return value === -Infinity ? '-inf' : undefined;
}

/** Doubles from here on have no fraction, and toFixed() would switch to an exponent. */
const NO_FRACTION = 1e21;
/** A tie at the sixth decimal is an odd multiple of 1/128: no other double lies exactly half way. */
const TIE_UNIT = 128;

function fixedMagnitude(magnitude: number): string {
  if (magnitude >= NO_FRACTION) return `${BigInt(magnitude)}.000000`;
  if ((magnitude * TIE_UNIT) % 2 !== 1) return magnitude.toFixed(6);
  // printf rounds ties to even, toFixed() rounds them up. Seven decimals are exact here.
  const exact = magnitude.toFixed(7);
  const kept = exact.slice(0, -1);
  const lastKeptDigit = Number(kept.slice(-1));
  return lastKeptDigit % 2 === 0 ? kept : magnitude.toFixed(6);
}
