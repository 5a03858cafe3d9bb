import { announce } from './announcer.js';
import { ApiClient } from './api-client.js';
import { Dashboard } from './dashboard.js';
import { part } from './element.js';
import { SessionKey } from './session-key.js';

const EVENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const key = new SessionKey();
const dashboard = new Dashboard(new ApiClient(key), askForKey);
const keyForm = part('key-form', HTMLFormElement);
const keyInput = part('key', HTMLInputElement);
const keyFault = part('key-fault', HTMLParagraphElement);
const pause = part('pause', HTMLButtonElement);
const forget = part('forget', HTMLButtonElement);
const findFault = part('find-fault', HTMLParagraphElement);
const eventId = part('event-id', HTMLInputElement);

keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const value = keyInput.value.trim();
  // What no header can carry is no key, and fetch would only say that it failed.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    keyFault.textContent = 'A key is one word of plain letters, digits and signs.';
    return;
  }
  key.keep(value);
  keyInput.value = '';
  open();
});

forget.addEventListener('click', () => {
  key.forget();
  askForKey();
  announce('The key is forgotten.');
});

pause.addEventListener('click', () => {
  const isPaused = pause.getAttribute('aria-pressed') === 'true';
  pause.setAttribute('aria-pressed', String(!isPaused));
  if (isPaused) dashboard.resume();
  else dashboard.pause();
});

part('find-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const asked = eventId.value.trim();
  const isId = EVENT_ID.test(asked);
  findFault.textContent = isId ? '' : 'An event id looks like 0198f0c0-0000-7000-8000-000000000001.';
  if (isId) dashboard.showRecord(asked.toLowerCase());
});

for (const change of ['online', 'offline'])
  addEventListener(change, () => {
    dashboard.refresh();
  });

open();

/** Without a key too: an API on this machine may not want one. */
function open() {
  keyFault.textContent = '';
  keyForm.hidden = true;
  forget.hidden = key.value === null;
  pause.hidden = false;
  pause.setAttribute('aria-pressed', 'false');
  dashboard.start();
}

function askForKey() {
  dashboard.close();
  keyFault.textContent = key.value === null ? '' : 'The API does not take this key.';
  key.forget();
  keyForm.hidden = false;
  forget.hidden = true;
  pause.hidden = true;
  keyInput.focus();
}
