// The page behind a one-time link (/sign-in?token=…), and the ordinary sign-in without one.
const texts = {
  ru: {
    'first-start': (name) => `Создайте первого пользователя: он станет владельцем компании «${name}».`,
    invite: (name) => `Вас приглашают в компанию «${name}». Если вы уже пользуетесь Откликом, введите свой пароль.`,
    reset: () => 'Задайте новый пароль.',
    'sign-in': () => '',
    'two-factor': () => 'Введите код из приложения-аутентификатора.',
    enter: 'Войти',
    setAndEnter: 'Сохранить и войти',
    passwordSet: 'Пароль сохранён. Теперь войдите.',
    unreachable: 'Сервер не отвечает. Попробуйте ещё раз.',
    wrong: {
      email: { empty: 'Введите e-mail', other: 'Нужен адрес вида name@example.com' },
      password: { empty: 'Введите пароль', other: 'Пароль не короче 10 символов' },
      code: { empty: 'Введите код', other: 'Введите код' },
    },
  },
  en: {
    'first-start': (name) => `Make the first user: they will own the workspace “${name}”.`,
    invite: (name) => `You are invited to the workspace “${name}”. If you use Otklik already, enter your password.`,
    reset: () => 'Choose a new password.',
    'sign-in': () => '',
    'two-factor': () => 'Enter the code that your authenticator shows.',
    enter: 'Sign in',
    setAndEnter: 'Save and sign in',
    passwordSet: 'The password is saved. Now sign in.',
    unreachable: 'The server does not answer. Please try again.',
    wrong: {
      email: { empty: 'Enter your e-mail', other: 'Must be an address such as name@example.com' },
      password: { empty: 'Enter a password', other: 'The password needs at least 10 characters' },
      code: { empty: 'Enter the code', other: 'Enter the code' },
    },
  },
}[document.documentElement.lang];

/** As the server has it: accounts/auth.ts. */
const SHORTEST_PASSWORD = 10;
const FIELDS = ['email', 'name', 'password', 'code'];

const byId = (id) => document.getElementById(id);
const form = byId('form');
const purposeText = byId('purpose');
let purpose = 'sign-in';

/** The token leaves the address bar and the history, yet is still there after a reload. */
const token = (new URLSearchParams(location.search).get('token') ?? history.state?.token)?.slice(0, 200) || null;
history.replaceState({ token }, '', location.pathname);

async function post(path, body) {
  const headers = { 'content-type': 'application/json', 'accept-language': document.documentElement.lang };
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { ok: answer.ok, body: await answer.json() };
}

function show(kind, workspaceName) {
  purpose = kind;
  const isCode = kind === 'two-factor';
  const isPasswordNew = kind !== 'sign-in' && !isCode;
  purposeText.textContent = texts[kind](workspaceName);
  byId('email-row').hidden = isCode;
  byId('name-row').hidden = kind !== 'first-start' && kind !== 'invite';
  byId('password-row').hidden = isCode;
  byId('code-row').hidden = !isCode;
  byId('password').autocomplete = isPasswordNew ? 'new-password' : 'current-password';
  byId('password').minLength = isPasswordNew ? SHORTEST_PASSWORD : 0;
  byId('submit').textContent = isPasswordNew ? texts.setAndEnter : texts.enter;
  byId('help').hidden = kind !== 'sign-in';
  form.hidden = false;
  shownFields()
    .find((input) => input.value === '')
    ?.focus();
}

function shownFields() {
  return FIELDS.map(byId).filter((input) => !byId(`${input.id}-row`).hidden);
}

/** Puts the refusal of each field beside it, and leads to the first. Says whether there was one. */
function refuseFields(messages) {
  for (const input of FIELDS.map(byId)) {
    const message = messages[input.id] ?? '';
    byId(`${input.id}-refusal`).textContent = message;
    if (message === '') input.removeAttribute('aria-invalid');
    else input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', `${input.id}-refusal`);
  }
  const first = shownFields().find((input) => messages[input.id]);
  first?.focus();
  return first !== undefined;
}

function wrongFields() {
  const messages = {};
  for (const input of shownFields()) {
    const tooShort = input.id === 'password' && input.value.length < input.minLength;
    if (input.validity.valueMissing) messages[input.id] = texts.wrong[input.id].empty;
    else if (!input.validity.valid || tooShort) messages[input.id] = texts.wrong[input.id].other;
  }
  return messages;
}

/** What a problem document says, without what stands beside a field already. */
function sentence({ title, detail, errors = [] }) {
  const unseen = errors.filter(({ path }) => !isShown(path)).map(({ message }) => message);
  return [title, detail, ...unseen].filter(Boolean).join('. ');
}

function isShown(path) {
  return shownFields().some((input) => input.id === path);
}

function refuse(problem) {
  if (problem.code === 'link-not-valid') return leaveLink(problem);
  const atFields = (problem.errors ?? []).filter(({ path }) => isShown(path));
  const hasAll = atFields.length > 0 && atFields.length === problem.errors.length;
  byId('refusal').textContent = hasAll ? '' : sentence(problem);
  refuseFields(Object.fromEntries(atFields.map(({ path, message }) => [path, message])));
  return undefined;
}

/** A dead link is not tried again: after a reload the page is the ordinary sign-in. */
function leaveLink({ title }) {
  history.replaceState(null, '', location.pathname);
  purposeText.textContent = `${title}.`;
  form.hidden = true;
  byId('dead-link').hidden = false;
  byId('help').hidden = false;
}

function request({ email, name, password, code }) {
  if (purpose === 'two-factor') return post('/api/auth/two-factor/verify-totp', { code: code.trim() });
  if (purpose === 'sign-in') return post('/api/auth/sign-in/email', { email, password });
  const body = { token, password };
  if (purpose === 'first-start') body.email = email;
  if (name.trim() !== '' && purpose !== 'reset') body.name = name;
  return post('/api/v1/sign-in-links/redeem', body);
}

async function submit() {
  byId('refusal').textContent = '';
  if (refuseFields(wrongFields())) return undefined;
  const answer = await request(Object.fromEntries(new FormData(form)));
  // The code was asked for too long ago.
  if (purpose === 'two-factor' && answer.body.code === 'unauthorized' && !answer.body.errors) return show('sign-in');
  if (!answer.ok) return refuse(answer.body);
  if (answer.body.twoFactorRedirect) return show('two-factor');
  if (answer.body.signedIn !== false) return location.replace('/');
  history.replaceState(null, '', location.pathname);
  show('sign-in');
  purposeText.textContent = texts.passwordSet;
  return undefined;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  await submit().catch(() => {
    byId('refusal').textContent = texts.unreachable;
  });
  form.ariaBusy = 'false';
});

byId('reveal').addEventListener('change', (event) => {
  byId('password').type = event.target.checked ? 'text' : 'password';
});

async function start() {
  if (token === null) return show('sign-in');
  const answer = await post('/api/v1/sign-in-links/read', { token });
  if (!answer.ok) {
    if (answer.body.code === 'link-not-valid') return leaveLink(answer.body);
    purposeText.textContent = sentence(answer.body);
    return undefined;
  }
  byId('email').value = answer.body.email ?? '';
  byId('email').readOnly = answer.body.email !== null;
  return show(answer.body.purpose, answer.body.workspaceName);
}

start().catch(() => {
  purposeText.textContent = texts.unreachable;
});
