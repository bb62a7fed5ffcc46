// The page behind a one-time link (/sign-in?token=…), and the ordinary sign-in without one.
const texts = {
  ru: {
    'first-start': (name) => `Создайте первого пользователя: он станет владельцем компании «${name}».`,
    invite: (name) => `Вас приглашают в компанию «${name}». Если вы уже пользуетесь Откликом, введите свой пароль.`,
    reset: () => 'Задайте новый пароль.',
    'sign-in': () => 'Вход',
    'two-factor': () => 'Введите код из приложения-аутентификатора.',
    unreachable: 'Сервер не отвечает. Попробуйте ещё раз.',
  },
  en: {
    'first-start': (name) => `Make the first user: they will own the workspace “${name}”.`,
    invite: (name) => `You are invited to the workspace “${name}”. If you use Otklik already, enter your password.`,
    reset: () => 'Choose a new password.',
    'sign-in': () => 'Sign in',
    'two-factor': () => 'Enter the code that your authenticator shows.',
    unreachable: 'The server does not answer. Please try again.',
  },
}[document.documentElement.lang];

const form = document.getElementById('form');
const purposeText = document.getElementById('purpose');
const refusal = document.getElementById('refusal');
const token = new URLSearchParams(location.search).get('token');
let purpose = 'sign-in';

/** The token leaves the address bar, the history and what other pages are told. */
history.replaceState(null, '', location.pathname);

async function post(path, body) {
  const headers = { 'content-type': 'application/json', 'accept-language': document.documentElement.lang };
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { ok: answer.ok, body: await answer.json() };
}

function show(kind, workspaceName) {
  purpose = kind;
  purposeText.textContent = texts[kind](workspaceName);
  document.getElementById('name-row').hidden = kind !== 'first-start' && kind !== 'invite';
  document.getElementById('code-row').hidden = kind !== 'two-factor';
  document.getElementById('email-row').hidden = kind === 'two-factor';
  form.elements.password.closest('label').hidden = kind === 'two-factor';
  form.elements.password.required = kind !== 'two-factor';
  form.elements.email.required = kind !== 'two-factor';
  form.elements.password.autocomplete = kind === 'sign-in' ? 'current-password' : 'new-password';
  form.hidden = false;
}

function sentence(problem) {
  const errors = (problem.errors ?? []).map((error) => error.message);
  return [problem.title, ...(errors.length > 0 ? errors : [problem.detail])].filter(Boolean).join('. ');
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
  const answer = await request(Object.fromEntries(new FormData(form)));
  if (!answer.ok) refusal.textContent = sentence(answer.body);
  else if (answer.body.twoFactorRedirect) show('two-factor');
  else if (answer.body.signedIn === false) show('sign-in');
  else location.assign('/');
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  refusal.textContent = '';
  button.disabled = true;
  await submit().catch(() => {
    refusal.textContent = texts.unreachable;
  });
  button.disabled = false;
});

async function start() {
  if (token === null) return show('sign-in');
  const answer = await post('/api/v1/sign-in-links/read', { token });
  if (!answer.ok) {
    purposeText.textContent = sentence(answer.body);
    return undefined;
  }
  form.elements.email.value = answer.body.email ?? '';
  form.elements.email.readOnly = answer.body.email !== null;
  return show(answer.body.purpose, answer.body.workspaceName);
}

start().catch(() => {
  purposeText.textContent = texts.unreachable;
});
