/** What both sides send, so that the provider gets the same bytes from both. */

export const PROVIDER_KEY = 'bench-provider-key';
export const FILE_URL = 'https://example.com/price.pdf';
export const CAPTION = 'Наше предложение';
export const TEXT = 'Здравствуйте, Иван! Спасибо за обращение. Мы получили вашу заявку и скоро свяжемся с вами.';

const RANGE = 10_000_000;
/** Shares no factor with the range, so every number comes once, and neighbours in time are far apart in an index. */
const STRIDE = 7_368_787;

/** The phone of the n-th lead of a run of the bench. */
export function phoneOf(index: number): string {
  return `+7916${String((index * STRIDE) % RANGE).padStart(7, '0')}`;
}
