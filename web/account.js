// The strip of the start page: who is signed in and where, or the way in.
const account = document.getElementById('account');
const roles = {
  ru: { owner: 'владелец', admin: 'администратор', manager: 'менеджер', agent: 'сотрудник' },
  en: { owner: 'owner', admin: 'administrator', manager: 'manager', agent: 'agent' },
}[document.documentElement.lang];

async function read(path) {
  const answer = await fetch(path);
  return answer.ok ? answer.json() : null;
}

function show(state) {
  account.dataset.state = state;
}

async function showAccount() {
  const me = await read('/api/v1/me');
  if (!me?.user) return show('out');
  const workspace = await read('/api/v1/workspace');
  const { name, email } = me.user;
  document.getElementById('who').textContent = name;
  document.getElementById('where').textContent = [email, workspace?.name, roles[me.role]].filter(Boolean).join(' · ');
  return show('in');
}

document.getElementById('sign-out').addEventListener('click', async () => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/api/auth/sign-out', { method: 'POST', headers, body: '{}' }).catch(() => null);
  if (!answer?.ok) return show('lost');
  show('out');
  return document.getElementById('sign-in').focus();
});

showAccount().catch(() => show('lost'));
