import { setDefaultCACertificates } from 'node:tls';
import { afterEach, expect, test, vi } from 'vitest';
import { openSmppRig } from '../../../test/fakes/smpp-rig.ts';

/** Made for this test, for 127.0.0.1, and trusted by nobody. */
const tls = {
  key: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIGUsHxcGBgfPMpncYAAtB859uaALcgVe1MXv/u75+bMvoAoGCCqGSM49
AwEHoUQDQgAEFeTMvkR6y59MXd+C9lxAGf6kIp0uhG8y7l0J2LyFcLhyWI//BK+g
yVx5hR42zM415I1cNYnvi8Y4suLMfrXwnw==
-----END EC PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBYDCCAQagAwIBAgIBATAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAtvdGtsaWst
dGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UE
AwwLb3RrbGlrLXRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQV5My+RHrL
n0xd34L2XEAZ/qQinS6EbzLuXQnYvIVwuHJYj/8Er6DJXHmFHjbMzjXkjVw1ie+L
xjiy4sx+tfCfo0MwQTAPBgNVHREECDAGhwR/AAABMA8GA1UdEwEB/wQFMAMBAf8w
HQYDVR0OBBYEFHQIj0eoeebvHn3BBtRV3F/Z081sMAoGCCqGSM49BAMCA0gAMEUC
IAtCQPNIOkx/gc0DFmr2Zqn9bl53tOhXQycz079+5rYHAiEA1A9ksaZTN4uhoOJE
vWPLSKDNlcvqoo3pfs0xXqhGLWE=
-----END CERTIFICATE-----`,
};
const SOON = { interval: 5, timeout: 5_000 };

afterEach(() => setDefaultCACertificates([]));

test('a line with TLS sends through a server with a trusted certificate', async () => {
  setDefaultCACertificates([tls.cert]);
  await using rig = await openSmppRig({ tls, config: { tls: true } });
  await vi.waitFor(() => expect(rig.line.isReady()).toBe(true), SOON);
  expect(await rig.send('Привет')).toMatchObject({ outcome: 'accepted' });
});

test('a line with TLS gives its password to nobody else', async () => {
  await using rig = await openSmppRig({ tls, config: { tls: true } });
  const offline = { state: 'offline', detail: expect.stringContaining('certificate') };
  await vi.waitFor(() => expect(rig.line.health()).toEqual(offline), SOON);
  expect(rig.smsc.binds).toEqual([]);
});

test('a line with TLS finds out that the server speaks without', async () => {
  await using rig = await openSmppRig({ config: { tls: true }, timing: { bindMs: 200 } });
  await vi.waitFor(() => expect(rig.line.health().state).toBe('offline'), SOON);
  expect(rig.smsc.binds).toEqual([]);
});
