/** Lists the TLS versions and ciphers that a program configures, whichever library of it does so. */
import { trace, UserError, type CallEvent, type ReturnEvent, type Value } from 'tsltrace';

const NAMES: Readonly<Record<string, string>> = {
  SSL_CTX_set_min_proto_version: 'lowest version',
  SSL_CTX_set_max_proto_version: 'highest version',
  SSL_set_min_proto_version: 'lowest version',
  SSL_set_max_proto_version: 'highest version',
  SSL_CTX_set_cipher_list: 'ciphers up to TLS 1.2',
  SSL_set_cipher_list: 'ciphers up to TLS 1.2',
  SSL_CTX_set_ciphersuites: 'ciphers of TLS 1.3',
  SSL_set_ciphersuites: 'ciphers of TLS 1.3',
};

/** The versions are set through macros around SSL_ctrl and SSL_CTX_ctrl. */
const CALLS = 'SSL_ctrl+SSL_CTX_ctrl+SSL_*set_cipher_list+SSL_*set_ciphersuites@*';

async function main([program, ...args]: readonly string[]): Promise<void> {
  if (program === undefined) throw new UserError('usage: tls-settings PROGRAM [ARGUMENT …]');
  const events = trace(program, args, { calls: CALLS, follow: true, stringLength: 1000 });
  for await (const event of events) {
    const line = event.kind === 'return' ? describe(event) : undefined;
    if (line !== undefined) console.log(line);
  }
}

/** undefined for calls that set neither versions nor ciphers. */
function describe({ call, result }: ReturnEvent): string | undefined {
  const what = NAMES[call.shownAs ?? call.symbol];
  if (what === undefined) return undefined;
  const refused = result.kind === 'integer' && Number(result.value) === 0 ? ' (refused)' : '';
  return `${call.caller.module}: ${what}: ${setting(call)}${refused}`;
}

/** The last argument that is shown is the version or the list. */
function setting({ args }: CallEvent): string {
  const shown = args.filter(({ value }) => value.kind !== 'hidden');
  const last = shown.at(-1);
  return last === undefined ? '?' : textOf(last.value);
}

function textOf(value: Value): string {
  if (value.kind === 'string') return Buffer.from(value.bytes).toString();
  if (value.kind === 'enumerator') return value.name;
  return value.kind === 'integer' && value.value === 0 ? 'the default' : value.kind;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = 1;
});
