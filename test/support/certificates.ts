import { join } from 'node:path';
import { runCommand } from '../../local/run-command.ts';

/** PEM files for TLS on this machine. */
export interface Certificates {
  readonly ca: string;
  /** For 127.0.0.1, signed by `ca`; good for servers and clients. */
  readonly cert: string;
  readonly key: string;
  /** An authority that signed none of the above. */
  readonly strangerCa: string;
  /** For the name redis.example only, signed by `ca`. */
  readonly elsewhere: { readonly cert: string; readonly key: string };
}

/** Made anew by openssl, good for two days. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const make = async (name: string, ...more: string[]): Promise<{ cert: string; key: string }> => {
    const made = { cert: file(`${name}.pem`), key: file(`${name}.key`) };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', made.key];
    const args = ['req', '-x509', ...key, '-out', made.cert, '-days', '2', '-subj', `/CN=${name}`, ...more];
    const { ok, complaint } = await runCommand('openssl', args, { timeoutMs: 10_000 });
    if (!ok) throw new Error(`openssl could not make a certificate: ${complaint}`);
    return made;
  };
  const authority = await make('ca');
  const stranger = await make('stranger');
  const signed = ['-CA', authority.cert, '-CAkey', authority.key, '-addext', 'basicConstraints=critical,CA:FALSE'];
  const server = await make('redis', ...signed, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  const elsewhere = await make('elsewhere', ...signed, '-addext', 'subjectAltName=DNS:redis.example');
  return { ca: authority.cert, ...server, strangerCa: stranger.cert, elsewhere };
}
