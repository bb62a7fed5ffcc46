// Before the page is drawn: Russian unless the reader's first choice is another language.
const language = navigator.language.toLowerCase().startsWith('ru') ? 'ru' : 'en';
document.documentElement.lang = language;
document.title = language === 'ru' ? 'Отклик' : 'Otklik';
