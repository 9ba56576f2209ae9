/** What can be said of a certificate that came in a handshake of TLS 1.2 and before. */
import { createHash, X509Certificate } from 'node:crypto';
import { WireCursor } from './wire-cursor.js';

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** 'rsa', 'ec', 'ed25519', … as Node names them; 'unknown' where it cannot read the certificate. */
  readonly keyType: string;
  /** Of RSA, DSA and DH keys. */
  readonly keyBits?: number;
  readonly curve?: string;
  /** `2027-01-31T12:00:00.000Z`; '' where it cannot be read. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the whole certificate, hexadecimal. */
  readonly fingerprint: string;
}

const MOST_CERTIFICATES = 16;
const MOST_CHARACTERS = 512;

/**
 * The chain of a Certificate message, RFC 5246 section 7.4.2, the peer's own first.
 *
 * @throws HandshakeError
 */
export function parseChain(body: Uint8Array): readonly CertificateFacts[] {
  const list = new WireCursor(new WireCursor(body).vector(3));
  const found: CertificateFacts[] = [];
  while (list.remaining > 0) {
    const der = list.vector(3);
    if (found.length < MOST_CERTIFICATES) found.push(factsOf(der));
  }
  return found;
}

function factsOf(der: Uint8Array): CertificateFacts {
  const fingerprint = createHash('sha256').update(der).digest('hex');
  try {
    const certificate = new X509Certificate(der);
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    const bits = asymmetricKeyDetails?.modulusLength;
    const curve = asymmetricKeyDetails?.namedCurve;
    return {
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      keyType: asymmetricKeyType ?? 'unknown',
      ...(bits !== undefined && { keyBits: bits }),
      ...(curve !== undefined && { curve }),
      notBefore: isoDate(certificate.validFrom),
      notAfter: isoDate(certificate.validTo),
      fingerprint,
    };
  } catch {
    const unread = { subject: '', issuer: '', notBefore: '', notAfter: '' };
    return { ...unread, keyType: 'unknown', fingerprint };
  }
}

function oneLine(name: string): string {
  return name.slice(0, MOST_CHARACTERS).replaceAll('\n', ', ');
}

/** @param text as OpenSSL prints it: `Jan 31 12:00:00 2027 GMT` */
function isoDate(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
