/*
 * A page that sells by the public API alone: it places orders, follows them live, and cancels them.
 * Prices are read as minor units, so that the expected total is exact.
 */
const CURRENCY = 'EUR';
const FINAL = ['ENVIADO', 'CANCELADO'];

const $ = (selector, within = document) => within.querySelector(selector);
const basket = new Map();
let catalogue = [];
let api = '';
let token = '';
/** Kept until the order has an answer: the same basket that is sent twice is one order. */
let key;

const given = new URLSearchParams(location.hash.slice(1));
// A token has no business in the history of the browser.
history.replaceState(null, '', location.pathname);
$('#login').api.value = given.get('api') ?? 'http://localhost:3000';
$('#login').token.value = given.get('token') ?? '';
$('#login').addEventListener('submit', (event) => {
  event.preventDefault();
  logIn(event.target.api.value, event.target.token.value);
});
$('#basket').addEventListener('submit', (event) => {
  event.preventDefault();
  placeOrder(event.target);
});
if (given.has('token')) logIn($('#login').api.value, $('#login').token.value);

async function logIn(url, secret) {
  api = url.replace(/\/$/, '');
  token = secret.trim();
  const answer = await call('GET', '/api/orders?limit=5');
  if (answer === undefined) return;
  catalogue = await (await fetch('catalogue.json')).json();
  $('#goods').replaceChildren(...catalogue.map(goodOf));
  for (const order of answer.orders.reverse()) show(order);
  $('#login').hidden = true;
  $('#customer').hidden = false;
  $('#customer').textContent = `Logged in as ${JSON.parse(atob(token.split('.')[1])).sub}`;
  $('main').hidden = false;
}

async function placeOrder(form) {
  const button = $('button', form);
  button.disabled = true;
  key ??= crypto.randomUUID();
  const { street, postalCode, city, method } = form;
  const body = {
    items: [...basket].map(([productId, quantity]) => ({ productId, quantity })),
    shippingAddress: {
      ...{ street: street.value, postalCode: postalCode.value, city: city.value },
      ...{ state: city.value, country: 'ES' },
    },
    paymentMethod: method.value,
    ...(method.value === 'credit_card' && { paymentToken: 'tok_visa' }),
    currency: CURRENCY,
    expectedTotal: major(total()),
  };
  const order = await call('POST', '/api/orders', body, { 'Idempotency-Key': key });
  button.disabled = basket.size === 0;
  if (order === undefined) return;
  key = undefined;
  basket.clear();
  for (const output of document.querySelectorAll('#goods output')) output.value = '0';
  showTotal();
  show((await call('GET', `/api/orders/${order.orderId}`)) ?? order);
}

/** Shows an order, and what becomes of it while the page is open. */
async function show({ orderId, orderNumber, status, totalAmount, currency }) {
  const item = $('#order').content.cloneNode(true).firstElementChild;
  $('strong', item).textContent = orderNumber ?? orderId;
  $('.price', item).textContent = totalAmount === undefined ? '' : `${totalAmount} ${currency}`;
  const cancel = $('button', item);
  cancel.addEventListener('click', async () => {
    cancel.disabled = true;
    const done = await call('POST', `/api/orders/${orderId}/cancel`, { reason: 'by the customer' });
    if (done === undefined) cancel.disabled = false;
  });
  $('#orders').prepend(item);
  if (FINAL.includes(status)) return came(item, status);
  const opened = await call('POST', `/api/orders/${orderId}/events/ticket`);
  if (opened === undefined) return;
  const events = new EventSource(`${api}/api/orders/${orderId}/events?ticket=${opened.ticket}`);
  events.addEventListener('status', ({ data }) => {
    const { status: now } = JSON.parse(data);
    came(item, now);
    if (FINAL.includes(now)) events.close();
  });
}

function came(item, status) {
  if ($(`[data-status="${status}"]`, item)) return;
  const step = document.createElement('li');
  step.dataset.status = status;
  step.textContent = status;
  $('ol', item).append(step);
  if (FINAL.includes(status)) $('button', item).hidden = true;
}

function goodOf({ id, name, price }) {
  const item = $('#good').content.cloneNode(true).firstElementChild;
  $('strong', item).textContent = name;
  $('.price', item).textContent = `${price} ${CURRENCY}`;
  for (const button of item.querySelectorAll('button')) {
    const step = Number(button.dataset.step);
    button.ariaLabel = `${step > 0 ? 'One more' : 'One less'}: ${name}`;
    button.addEventListener('click', () => {
      const quantity = Math.max(0, (basket.get(id) ?? 0) + step);
      if (quantity === 0) basket.delete(id);
      else basket.set(id, quantity);
      $('output', item).value = `${quantity}`;
      // Another basket is another order.
      key = undefined;
      showTotal();
    });
  }
  return item;
}

function showTotal() {
  $('#total').textContent = basket.size === 0 ? 'Nothing yet' : `${major(total())} ${CURRENCY}`;
  $('#basket button').disabled = basket.size === 0;
}

function total() {
  const minor = ({ price }) => Number(price.replace('.', ''));
  return catalogue.reduce((sum, good) => sum + minor(good) * (basket.get(good.id) ?? 0), 0);
}

function major(minor) {
  return `${Math.floor(minor / 100)}.${`${minor % 100}`.padStart(2, '0')}`;
}

/** Answers what the API says, or shows the problem and answers nothing. */
async function call(method, path, body, headers = {}) {
  $('#problem').hidden = true;
  try {
    const answer = await fetch(`${api}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const said = await answer.json();
    if (answer.ok) return said;
    tell(said.detail ?? said.title);
  } catch {
    tell('The API does not answer. Does it run, and may this page call it (CORS_ORIGINS)?');
  }
}

function tell(text) {
  $('#problem').textContent = text;
  $('#problem').hidden = false;
}
