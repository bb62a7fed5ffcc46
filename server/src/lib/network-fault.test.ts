import { expect, test } from 'vitest';
import { networkFaultOf } from './network-fault.ts';

test.each([
  ['ECONNREFUSED', 'refused'],
  ['ENOTFOUND', 'unknown-host'],
  ['EHOSTUNREACH', 'no-route'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-time-out'],
  ['ECONNRESET', 'cut'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'encryption'],
  ['CERT_HAS_EXPIRED', 'encryption'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'encryption'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'encryption'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'encryption'],
  ['ERR_INVALID_URL', 'bad-address'],
  ['HPE_INVALID_CONSTANT', 'network'],
  ['toString', 'network'],
  [undefined, 'network'],
])('%s is %s', (code, fault) => {
  expect(networkFaultOf(code)).toBe(fault);
});
