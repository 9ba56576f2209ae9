/** TLS servers on loopback, with certificates that are good, of another name, and of nobody. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject } from './project.js';
import { startProgram, type Running } from './run-tsltrace.js';

export interface Certificates {
  /** Path of the authority's certificate. */
  readonly authority: string;
  readonly good: KeyPair;
  /** Of the same authority, for another name. */
  readonly otherName: KeyPair;
  readonly selfSigned: KeyPair;
}

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Made by openssl(1), for `localhost` and 127.0.0.1. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore', timeout: 60_000 });
  };
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  const selfSign = (name: string, subject: string): KeyPair => {
    const pair = { certificate: at(`${name}.pem`), key: at(`${name}.key`) };
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    openssl(
      ...['req', '-x509', ...newKey, '-keyout', pair.key, '-out', pair.certificate],
      ...['-subj', subject, '-days', '2', ...(name === 'authority' ? [] : names)],
    );
    return pair;
  };
  const authority = selfSign('authority', '/CN=test authority');
  const signed = (name: string, names: string): KeyPair => {
    const pair = { certificate: at(`${name}.pem`), key: at(`${name}.key`) };
    writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
    openssl(
      'req',
      ...newKey,
      '-keyout',
      pair.key,
      '-out',
      at(`${name}.csr`),
      '-subj',
      `/CN=${name}`,
    );
    openssl(
      ...['x509', '-req', '-in', at(`${name}.csr`), '-out', pair.certificate, '-days', '2'],
      ...['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial'],
      ...['-extfile', at(`${name}.ext`)],
    );
    return pair;
  };
  return {
    authority: authority.certificate,
    good: signed('good', 'DNS:localhost,IP:127.0.0.1'),
    otherName: signed('other', 'DNS:other.example'),
    selfSigned: selfSign('self', '/CN=localhost'),
  };
}

/** Runs `use` while a server of test/programs/serves-over-tls.py answers on `port`. */
export async function withTlsServer<T>(
  protocol: 'http' | 'postgres' | 'ldap',
  { certificate, key }: KeyPair,
  use: (port: string) => Promise<T>,
): Promise<T> {
  const script = inProject('test/programs/serves-over-tls.py');
  const server: Running = startProgram(['/usr/bin/python3', script, protocol, certificate, key], {
    timeoutMs: 180_000,
  });
  try {
    await server.sees(/^\d+\n/);
    return await use(server.output().stdout.trim());
  } finally {
    server.kill('SIGKILL');
    await server.finished();
  }
}
