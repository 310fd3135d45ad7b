// SPDX-License-Identifier: BSD-2-Clause
// npm's oidc-provider, which is certified, on loopback by TLS: device flow and
// CIBA. Beside it the rule of RFC 8628 3.5 (slow_down), which it leaves to who
// uses it, phones that approve or deny, and replies that somebody forged.
// Usage: node op.mjs NODE_MODULES CERTIFICATE KEY; orders are lines of JSON.
import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import readline from 'node:readline';

const [modules, certificate, key] = process.argv.slice(2);
const { Provider, errors } = await import(
  `${modules}/oidc-provider/lib/index.js`);

const secret = 's3cret/with:signs+0123456789-0123456789-0123456789';
const accounts = ['sub-of-alice', 'sub-of-bob'];
const state = { alg: 'RS256', interval: 1, forge: null, jwk: null, phones: [],
  polls: [] };
const b64 = (x) => Buffer.from(
  typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');
let keys;
let current;
let issuer;

// By PEM: Node 20 waits for ever where it collects a pair's job while it exports
// a key of that pair as JWK.
function privateKey(type, options) {
  const pair = crypto.generateKeyPairSync(type, { ...options,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' } });
  return crypto.createPrivateKey(pair.privateKey).export({ format: 'jwk' });
}

function makeKeys() {
  const make = (type, options, alg) => ({ ...privateKey(type, options),
    use: 'sig', alg, kid: `${alg}-${crypto.randomUUID()}` });
  keys = [make('rsa', { modulusLength: 2048 }, 'RS256'),
    make('rsa', { modulusLength: 2048 }, 'PS256'),
    make('ec', { namedCurve: 'P-256' }, 'ES256'),
    make('ed25519', undefined, 'EdDSA')];
}

// One memory, so that what is open outlives new keys.
const memory = new Map();
class Memory {
  constructor(name) { this.name = name; }
  key(id) { return `${this.name}:${id}`; }
  async upsert(id, payload) {
    memory.set(this.key(id), payload);
    if (payload.uid) memory.set(`uid:${payload.uid}`, id);
    if (payload.userCode) memory.set(`user:${payload.userCode}`, id);
  }
  async find(id) { return memory.get(this.key(id)); }
  async findByUid(uid) { return this.find(memory.get(`uid:${uid}`)); }
  async findByUserCode(code) { return this.find(memory.get(`user:${code}`)); }
  async consume(id) { memory.get(this.key(id)).consumed = Date.now() / 1000; }
  async destroy(id) { memory.delete(this.key(id)); }
  async revokeByGrantId(grant) {
    for (const [k, v] of memory) if (v?.grantId === grant) memory.delete(k);
  }
}

// A token as an attacker would put it in the place of the true one.
function forge(kind, token) {
  const [head, payload, signature] = token.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const own = keys.find((k) => k.alg === header.alg);
  const sign = (h, c, by) => {
    const text = `${b64(h)}.${b64(c)}`;
    return `${text}.${crypto.sign('sha256', Buffer.from(text),
      crypto.createPrivateKey({ key: by, format: 'jwk' })).toString('base64url')}`;
  };
  const hmac = (h, by) => {
    const text = `${b64(h)}.${payload}`;
    return `${text}.${crypto.createHmac('sha256', by).update(text)
      .digest('base64url')}`;
  };
  const other = privateKey('rsa', { modulusLength: 2048 });
  const pem = crypto.createPublicKey({ key: own, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' });
  switch (kind) {
    case 'none': return `${b64({ alg: 'none' })}.${payload}.`;
    case 'hs-key': return hmac({ alg: 'HS256', kid: own.kid }, pem);
    case 'hs-secret': return hmac({ alg: 'HS256' }, secret);
    case 'payload':
      return `${head}.${b64({ ...claims, sub: accounts[0], x: 1 })}.${signature}`;
    case 'own-key': return sign(header, claims, other);
    case 'jwk': return sign({ ...header, jwk: { kty: other.kty, n: other.n,
      e: other.e } }, claims, other);
    case 'crit': return sign({ ...header, crit: ['x'], x: 1 }, claims, own);
    case 'audience': return sign(header, { ...claims, aud: 'another' }, own);
    case 'issuer': return sign(header, { ...claims, iss: `${issuer}/` }, own);
    default: throw new Error(kind);
  }
}

function build() {
  const client = (id, method) => ({ client_id: id, client_secret: secret,
    token_endpoint_auth_method: method, scope: 'openid profile email',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba'], response_types: [],
    redirect_uris: [], backchannel_token_delivery_mode: 'poll',
    id_token_signed_response_alg: state.alg });
  current = new Provider(issuer, {
    clients: [client('linux hosts', 'client_secret_basic'),
      client('posts', 'client_secret_post'),
      ...state.jwk ? [{ ...client('signs', 'private_key_jwt'),
        client_secret: undefined, jwks: { keys: [state.jwk] } }] : []],
    jwks: { keys },
    adapter: Memory,
    scopes: ['openid', 'profile', 'email'],
    acrValues: ['mfa', 'pwd'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['preferred_username'], email: ['email'] },
    conformIdTokenClaims: false,
    pkce: { required: () => false },
    ttl: { DeviceCode: 300, BackchannelAuthenticationRequest: 300,
      Interaction: 300, Session: 300, Grant: 300, AccessToken: 60, IdToken: 300 },
    cookies: { keys: ['x'] },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      ciba: { enabled: true, deliveryModes: ['poll'],
        processLoginHint: async (ctx, hint) => accounts.find((a) => a === hint),
        verifyUserCode: async () => {},
        validateRequestContext: async () => {},
        triggerAuthenticationDevice: async (ctx, request, account) => {
          state.phones.push({ id: request.jti, account: account.accountId,
            client: ctx.oidc.client.clientId,
            shows: ctx.oidc.params.binding_message });
        } },
    },
    findAccount: async (ctx, id) => (accounts.includes(id) ? { accountId: id,
      claims: async () => ({ sub: id, preferred_username: id.split('-')[2],
        email: `${id.split('-')[2]}@example.com` }) } : undefined),
    interactions: { url: (ctx, i) => `/interaction/${i.uid}` },
  });
  current.on('server_error', (ctx, e) => console.error('server_error', e));
  current.use(async (ctx, next) => {
    await next();
    if (ctx.body?.device_code || ctx.body?.auth_req_id) {
      ctx.body.interval = state.interval;
      state.polls = [Date.now()];
    }
    if (ctx.path !== '/token') return;
    const early = Date.now() - state.polls.at(-1) < state.interval * 1000;
    state.polls.push(Date.now());
    if (early && ctx.body?.error === 'authorization_pending') {
      state.interval += 5;
      ctx.body.error = 'slow_down';
    }
    if (ctx.body?.id_token && state.forge) {
      ctx.body.id_token = forge(state.forge, ctx.body.id_token);
    }
  });
}

// A browser: the provider's own pages, one after the other.
async function browse(order) {
  const jar = new Map();
  const get = async (url, form) => {
    const r = await fetch(new URL(url, issuer), { redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: { cookie: [...jar].map((c) => c.join('=')).join('; ') },
      body: form ? new URLSearchParams(form) : undefined });
    for (const c of r.headers.getSetCookie()) {
      const [name, value] = c.split(';')[0].split(/=(.*)/s);
      if (value) jar.set(name, value); else jar.delete(name);
    }
    return { status: r.status, location: r.headers.get('location'),
      text: await r.text() };
  };
  const xsrf = (r) => /name="xsrf" value="([^"]+)"/.exec(r.text)?.[1];
  const form = (r, more) => ({ xsrf: xsrf(r), user_code: order.code, ...more });
  let r = await get('/device');
  r = await get('/device', form(r));
  if (!/name="confirm"/.test(r.text)) return `no page for ${order.code}`;
  if (order.deny) { await get('/device', form(r, { abort: 'yes' })); return ''; }
  r = await get('/device', form(r, { confirm: 'yes' }));
  for (let n = 0; n < 8 && r.location; n += 1) {
    const { pathname } = new URL(r.location, issuer);
    r = await get(pathname.startsWith('/interaction/')
      ? `${pathname}?${new URLSearchParams({ sub: order.sub, amr: order.amr })}`
      : r.location);
  }
  return r.status === 200 ? '' : `${r.status} ${r.text}`;
}

async function signIn(req, res, url) {
  const details = await current.interactionDetails(req, res);
  const q = url.searchParams;
  if (details.prompt.name === 'login') {
    return current.interactionFinished(req, res, { login: {
      accountId: q.get('sub'), acr: 'mfa', amr: q.get('amr').split(' '),
      remember: false, ts: Math.floor(Date.now() / 1000) } });
  }
  const grant = new current.Grant({ accountId: details.session.accountId,
    clientId: details.params.client_id });
  grant.addOIDCScope('openid profile email');
  return current.interactionFinished(req, res,
    { consent: { grantId: await grant.save() } },
    { mergeWithLastSubmission: true });
}

// Of CIBA: the phone that rang last.
async function phone(order) {
  const r = state.phones.pop();
  if (order.deny) {
    await current.backchannelResult(r.id, new errors.AccessDenied('no'));
  } else {
    const grant = new current.Grant({ accountId: order.sub ?? r.account,
      clientId: r.client });
    grant.addOIDCScope('openid');
    await current.backchannelResult(r.id, await grant.save(), { acr: 'mfa',
      amr: order.amr.split(' '), authTime: Math.floor(Date.now() / 1000) });
  }
  return r.shows;
}

async function obey(order) {
  Object.assign(state, order.set);
  if (order.rotate) makeKeys();
  if (order.set || order.rotate) build();
  if (order.browse) return browse(order.browse);
  return order.phone ? phone(order.phone) : '';
}

const server = https.createServer({ cert: fs.readFileSync(certificate),
  key: fs.readFileSync(key) }, async (req, res) => {
  const url = new URL(req.url, issuer);
  try {
    if (url.pathname.startsWith('/interaction/')) await signIn(req, res, url);
    else await current.callback()(req, res);
  } catch (e) { console.error(e); res.destroy(); }
});
server.listen(0, '127.0.0.1', async () => {
  issuer = `https://localhost:${server.address().port}`;
  makeKeys();
  build();
  console.log(JSON.stringify(issuer));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    try {
      console.log(JSON.stringify(await obey(JSON.parse(line))));
    } catch (e) { console.log(JSON.stringify(`${e.stack}`)); }
  }
  process.exit();
});
