// Before the page is drawn: the first of the reader's languages that the page speaks.
const language =
  navigator.languages.map((one) => one.slice(0, 2).toLowerCase()).find((one) => /^(ru|en)$/.test(one)) ?? 'en';
const title = document.querySelector('title');
document.documentElement.lang = language;
if (language === 'en') document.title = title.dataset.en;
