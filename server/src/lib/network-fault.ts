/** What is the matter with a connection, as far as the error of the socket tells. */
export type NetworkFault =
  | 'refused'
  | 'unknown-host'
  | 'no-route'
  | 'connect-time-out'
  | 'encryption'
  | 'cut'
  | 'bad-address'
  | 'network';

const FAULTS: Readonly<Record<string, NetworkFault>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'unknown-host',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EHOSTDOWN: 'no-route',
  ETIMEDOUT: 'connect-time-out',
  UND_ERR_CONNECT_TIMEOUT: 'connect-time-out',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  UND_ERR_SOCKET: 'cut',
  ERR_INVALID_URL: 'bad-address',
};

/** Codes of OpenSSL and of Node's TLS: a certificate that is not trusted, or a peer that speaks without encryption. */
const ENCRYPTION = /^EPROTO$|^ERR_(TLS|SSL)_|CERT|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$/;

/** Names the fault by the code of a socket's error; `network` is one that we do not know. */
export function networkFaultOf(code: string | undefined): NetworkFault {
  if (code === undefined) return 'network';
  if (ENCRYPTION.test(code)) return 'encryption';
  return Object.hasOwn(FAULTS, code) ? (FAULTS[code] as NetworkFault) : 'network';
}
