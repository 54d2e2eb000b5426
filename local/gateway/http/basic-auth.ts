import { createHash, timingSafeEqual } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Whether an Authorization header carries the credentials. Takes the same time however many characters are right. */
export type Authenticate = (authorization: string | undefined) => boolean;

/** Null credentials let everybody in. */
export function createAuthenticator(credentials: Credentials | null): Authenticate {
  if (credentials === null) return () => true;
  const expected = digest(`${credentials.user}:${credentials.password}`);
  return (authorization) => {
    const encoded = /^basic ([a-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(Buffer.from(encoded, 'base64').toString('utf8')), expected);
  };
}

/** Equal lengths for timingSafeEqual, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
